"""A trained model reads any video: every face is tracked, cut into windows and classified.

Comes in: a bundle and videos. Goes out: tables, annotated films, a page.
May be imported by: nobody; it can be deleted with its lines in __main__.py and __init__.py.
"""
