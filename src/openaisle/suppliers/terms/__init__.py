"""The terms that suppliers agree to: new versions, who agreed to which and when, and what follows on the day of effect.

Here belongs what the law says of changing them (Regulation (EU) 2019/1150, Article 3). Here never belongs the wording.
"""
