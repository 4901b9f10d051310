"""The suppliers' portal: apply step by step, see what is missing, answer questions, hand in documents.

Here belong pages for suppliers, drawn with the console's design. Here never belongs a decision, nor anything of another
supplier: every page acts with the scope of the supplier that signed in.
"""
