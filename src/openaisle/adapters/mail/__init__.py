"""Ways out for mail: a mail server, or a folder on this machine."""
