"""Unconstrained parameters of the lifetime of GGompertz/NBD: those of Pareto/NBD, and the ageing."""

from __future__ import annotations

from kundkarriar.numerics.optimize.parameter_blocks import LogLinearParameters

GOMPERTZ = LogLinearParameters(
    names=("log_mean_leaving", "log_s", "log_ageing"),
    low=(-25.0, -10.0, -14.0),
    high=(25.0, 12.0, 3.0),
    matrix=((0, 0, 1), (0, 1, 0), (-1, 1, 1)),
    units=(-1, 0, 0),
    together=slice(1, 3),
)
"""(b, s, beta) of a gamma mixture of Gompertz lifetimes: theta = (ln(s b / beta), ln s, ln b).

The first is the log mean dropout rate at age 0. As ln b falls, the first two become those of the gamma over dropout
rates in Pareto/NBD.
"""
