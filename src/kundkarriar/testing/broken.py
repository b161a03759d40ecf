"""How a check says that a law is broken."""


def broken(who: str, law: str, but: str) -> AssertionError:
    """The sentence: who must do what, and what it does instead.

    >>> print(broken("the model `Mine`", "keep `p_alive` between 0 and 1", "it gives 1.2"))
    the model `Mine` must keep `p_alive` between 0 and 1, but it gives 1.2.
    """
    return AssertionError(f"{who} must {law}, but {but}.")
