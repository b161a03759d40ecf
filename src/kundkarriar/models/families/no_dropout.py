"""What a fit says where no dropout is identifiable."""

NO_DROPOUT = "no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."


def no_dropout_sentence(k: int) -> str:
    """A fit's `boundary` where customers whose gaps have k stages do not drop out."""
    if k == 1:
        return NO_DROPOUT
    return (
        "no dropout identifiable: these customers are described as well when nobody leaves. No model here has regular "
        f"buying without leaving: keep this one for its k = {k} and read p_alive as 1, or use kk.NBD() and lose the "
        "regularity."
    )
