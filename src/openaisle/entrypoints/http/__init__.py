"""HTTP: the operations of the rooms, translated to a web server and described as OpenAPI.

Here belong dispatch, authentication, decoding, problems, and the pages that explain the API.
Here never belongs what an operation does.
"""
