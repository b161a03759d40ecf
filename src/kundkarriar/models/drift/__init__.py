"""An old fit held against what came since: is it still good?"""
