"""The sentence of a check that fails."""


def violation(subject: str, law: str, but: str) -> AssertionError:
    """An error that says what the subject must do, and what it does instead.

    >>> print(violation("the model `Mine`", "keep `p_alive` between 0 and 1", "it gives 1.2"))
    the model `Mine` must keep `p_alive` between 0 and 1, but it gives 1.2.
    """
    return AssertionError(f"{subject} must {law}, but {but}.")
