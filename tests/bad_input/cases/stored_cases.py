# ruff: noqa: E501 - a case is a line
"""Cases of stored dicts that were changed by hand, and of specs."""

CALLS = {
    "read": [
        "kk.NBD.from_dict(given)",
        "kk.FittedNBD.from_dict(given)",
        "kk.Season.from_dict(given)",
        "kk.CustomerLadder.from_dict(given)",
        "kk.FittedValueScorer.from_dict(given)",
        "kk.FittedCareer.from_dict(given)",
        "kk.Plan.from_dict(given)",
        "kk.FittedChainMixture.from_dict(given)",
        "kk.FittedCustomerGroups.from_dict(given)",
    ],
    "counts": [
        "kk.FittedNBD.from_dict(stored(nbd, 'report', 'prospects', to=given))",
        "kk.FittedNBD.from_dict(stored(nbd, 'report', 'unknown', to=given))",
        "kk.FittedNBD.from_dict(stored(nbd, 'report', 'n_customers', to=given))",
    ],
}

CASES = {
    "a stored dict that is none": [
        ("read", "None", "is a dict, got NoneType."),
        ("read", "'{}'", "is a dict, got str."),
        ("read", "[]", "is a dict, got list."),
        ("read", "{}", "of schema 1 is needed, got schema None."),
        ("read", "{'schema': 1}", " lacks ["),
        ("read", "{b'schema': 1}", "of schema 1 is needed, got schema None."),
        ("read", "{'schema': 2, 'type': 'NBD'}", "of schema 1 is needed, got schema 2."),
        ("read", "Raises()", "is a dict, got Raises."),
        (
            "kk.NBD.from_dict(given)",
            "{'schema': 1, 'type': 'Unheard'}",
            "a stored NBD is needed, got a stored Unheard.",
        ),
        ("kk.NBD.from_dict(given)", "{'schema': 1, 'type': 'x' * 10_000}", "a stored NBD is needed, got a stored"),
        ("kk.NBD.from_dict(given)", "mbgnbd.to_dict()", "a stored NBD is needed, got a stored FittedMBGNBD."),
        ("kk.NBD.from_dict(given)", "{**kk.NBD().to_dict(), 'more': 1}", "a stored NBD has no fields ['more']."),
    ],
    "a stored value out of range": [
        ("counts", "2**63", "a stored fit report holds a value that to_dict() never writes in `"),
        ("counts", "-1", "a stored fit report holds a value that to_dict() never writes in `"),
        ("counts", "1.5", "a stored fit report holds a value that to_dict() never writes in `"),
        ("counts", "'12'", "a stored fit report holds a value that to_dict() never writes in `"),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'report', 'season', to=given))",
            "'winter'",
            "a stored fit report holds a value that to_dict() never writes in `season`: `season` must",
        ),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'report', 'season', to=given))",
            "'1 1 1'",
            "a stored fit report holds a value that to_dict() never writes in `season`: `season` must",
        ),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'report', 'season', to=given))",
            "HALF_PAIR",
            "a stored fit report holds a value that to_dict() never writes in `season`: `season` must",
        ),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'report', 'scale', to=given))",
            "0",
            "a stored fit report holds a value that to_dict() never writes in `scale`: `scale` must be",
        ),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'report', 'centre', to=given))",
            "[1e400, 0]",
            "a stored fit report holds a value that to_dict() never writes in `centre`: a finite",
        ),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'params', 'r', to=given))",
            "1e308",
            "a stored NBDParams holds a value that to_dict() never writes in `r`: `r` must be a number",
        ),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'params', 'r', to=given))",
            "True",
            "a stored NBDParams holds a value that to_dict() never writes in `r`: a finite number is",
        ),
        (
            "kk.FittedNBD.from_dict(stored(nbd, 'period', to=given))",
            "'fortnight'",
            "a stored FittedNBD holds a value that to_dict() never writes in `period`: `period` must",
        ),
        (
            "kk.FittedValueScorer.from_dict(stored(scored, 'observed', to=given))",
            "0.0",
            "a stored fitted scorer holds a value that to_dict() never writes in `observed`:",
        ),
        (
            "kk.FittedValueScorer.from_dict(stored(scored, 'observed', to=given))",
            "1e308",
            "a stored fitted scorer holds a value that to_dict() never writes in `observed`:",
        ),
        (
            "kk.FittedValueScorer.from_dict(stored(scored, 'return_mean', to=given))",
            "2.0",
            "a stored fitted scorer holds a value that to_dict() never writes in `return_mean`:",
        ),
        (
            "kk.FittedChainMixture.from_dict(stored(moved, 'steps', to=given))",
            "[[2**63] * 3] * 3",
            "a stored FittedChainMixture holds a value that to_dict() never writes in `steps`: `steps`",
        ),
        (
            "kk.FittedChainMixture.from_dict(stored(moved, 'steps', to=given))",
            "[[-1.0] * 3] * 3",
            "a stored FittedChainMixture holds a value that to_dict() never writes in `steps`: `steps`",
        ),
        (
            "kk.FittedChainMixture.from_dict(stored(moved, 'steps', to=given))",
            "[[1.0] * 3] * 2",
            "a stored FittedChainMixture holds a value that to_dict() never writes in `steps`: `steps`",
        ),
        (
            "kk.FittedChainMixture.from_dict(stored(moved, 'mass', to=given))",
            "1e308",
            "a stored FittedChainMixture holds a value that to_dict() never writes: `mass` must agree",
        ),
        (
            "kk.FittedCustomerGroups.from_dict(stored(groups, 'alike', to=given))",
            "1e308",
            "a stored FittedCustomerGroups holds a value that to_dict() never writes in `alike`:",
        ),
        (
            "kk.FittedCustomerGroups.from_dict(stored(groups, 'alike', to=given))",
            "0",
            "a stored FittedCustomerGroups holds a value that to_dict() never writes in `alike`:",
        ),
        (
            "kk.FittedCustomerGroups.from_dict(stored(groups, 'concentration', to=given))",
            "1e308",
            "a stored FittedCustomerGroups holds a value that to_dict() never writes in",
        ),
        (
            "kk.FittedCustomerGroups.from_dict(stored(groups, 'groups', 0, 'gap', to=given))",
            "1e308",
            "a stored BuyerGroup holds a value that to_dict() never writes in `gap`: `gap` must be a",
        ),
        (
            "kk.FittedCustomerGroups.from_dict(stored(groups, 'groups', 0, 'weight', to=given))",
            "0.9",
            "a stored FittedCustomerGroups holds a value that to_dict() never writes in `groups`: the",
        ),
        (
            "kk.FittedCareer.from_dict(stored(career, 'as_of', to=given))",
            "'2025-02-30'",
            "a stored fitted career holds a value that to_dict() never writes in `as_of`: `as_of` must",
        ),
        (
            "kk.Season.from_dict(stored(kk.Season(index=[1] * 12), 'index', to=given))",
            "[1.0] * 11",
            "a stored season holds a value that to_dict() never writes in `index`: `index` must be",
        ),
        (
            "kk.Season.from_dict(stored(kk.Season(index=[1] * 12), 'index', to=given))",
            "[nan] * 12",
            "a stored season holds a value that to_dict() never writes in `index`: a finite number is",
        ),
        (
            "kk.Lapse.from_dict(stored(kk.Lapse(), 'days', to=given))",
            "-5",
            "a stored lapse holds a value that to_dict() never writes in `days`: `days` must be a",
        ),
        (
            "kk.Lapse.from_dict(stored(kk.Lapse(), 'days', to=given))",
            "None",
            "a stored lapse holds a value that to_dict() never writes in `days`: a finite number is",
        ),
        (
            "kk.Budget.from_dict(stored(budget, 'money', to=given))",
            "'much'",
            "a stored budget holds a value that to_dict() never writes in `money`: a finite number is",
        ),
        (
            "kk.Effect.from_dict(stored(effect, 'low', to=given))",
            "9.0",
            "a stored effect holds a value that to_dict() never writes: `mean` must be a number from",
        ),
        (
            "kk.Effect.from_dict(stored(effect, 'on', to=given))",
            "'mood'",
            "a stored effect holds a value that to_dict() never writes in `on`: `on` must be one of",
        ),
        (
            "kk.Plan.from_dict(stored(plan, 'start', to=given))",
            "'soon'",
            "a stored plan holds a value that to_dict() never writes in `start`: `start` must be a",
        ),
        (
            "kk.Plan.from_dict(stored(plan, 'customers', 'numbers', 'p_alive', 0, to=given))",
            "5.0",
            "a stored customer table holds a value that to_dict() never writes in `numbers`: `p_alive` must",
        ),
        (
            "kk.Rung.from_dict(stored(rungs[0], 'name', to=given))",
            "3",
            "a stored rung holds a value that to_dict() never writes in `name`: text is needed, got 3.",
        ),
        (
            "kk.Rung.from_dict(stored(rungs[0], 'when', to=given))",
            "{'column': 'T', 'is': '>', 'value': 'x'}",
            "a stored condition holds a value that to_dict() never writes in `value`: a finite number",
        ),
        (
            "kk.Rung.from_dict(stored(rungs[0], 'when', to=given))",
            "{'column': 'T', 'is': 'like', 'value': 1}",
            "this is not the dict of a condition: {'column': 'T', 'is': 'like', 'value': 1}.",
        ),
        (
            "kk.Rung.from_dict(stored(rungs[0], 'when', to=given))",
            "{'all': []}",
            "this is not the dict of a condition: {'all': []}.",
        ),
    ],
    "what cannot be stored": [
        (
            "given.to_dict()",
            "kk.condition(lambda frame: frame['T'] > 1, needs=['T'], text='old')",
            "the condition `old` is a Python function, which has no dict of JSON types.",
        ),
        (
            "given.to_dict()",
            "kk.Rung(name='old', when=kk.condition(lambda frame: frame['T'] > 1, needs=['T'], text='old'))",
            "the condition `old` is a Python function, which has no dict of JSON types.",
        ),
        (
            "kk.CustomerCareer(scorer=scorer, ladder=ladder).fit(orders, as_of=DAY, customers=given, seed=1, draws=5).to_dict()",
            "customers.assign(channel=[b'x'] * 60)",
            "the column `channel` (Object) cannot be stored: tables are stored with finite numbers,",
        ),
        (
            "kk.CustomerCareer(scorer=scorer, ladder=ladder).fit(orders, as_of=DAY, customers=given, seed=1, draws=5).to_dict()",
            "customers.assign(channel=[{1}] * 60)",
            "the column `channel` (Object) cannot be stored: tables are stored with finite numbers,",
        ),
        (
            "kk.FittedCareer.from_dict(given).history",
            "career.to_dict()",
            "a career that was read back has no history: results are stored, not purchases.",
        ),
    ],
    "a sentence where a number stands": [
        (
            "kk.Budget(money=given, hours=1, period='2026')",
            "'1000 kr'",
            "`money` must be a number from 0 to 1e+15, got '1000 kr'.",
        ),
        (
            "kk.Budget(money=1, hours=1, period=given)",
            "HALF_PAIR",
            "`period` must be a year, half-year, quarter, month or a span of months, got '\\ud800'.",
        ),
        (
            "kk.Budget(money=1, hours=1, period=given)",
            "'2026-13'",
            "`period` must be a year, half-year, quarter, month or a span of months, got '2026-13'.",
        ),
        (
            "kk.Budget(money=1, hours=1, period=given)",
            "2026",
            "`period` must be a year, half-year, quarter, month or a span of months, got 2026.",
        ),
        (
            "kk.Budget(money=given, hours=1, period='2026')",
            "1e308",
            "`money` must be a number from 0 to 1e+15, got 1e+308.",
        ),
        ("kk.Budget(money=given, hours=1, period='2026')", "-1", "`money` must be a number from 0 to 1e+15, got -1.0."),
        (
            "kk.Effect(on='value', mean=given, low=1, high=5, evidence='assumed', relative_to='none')",
            "'3 %'",
            "`mean` must be a number from -1e+15 to 1e+15, got '3 %'.",
        ),
        (
            "kk.Effect(on='value', mean=given, low=1, high=5, evidence='assumed', relative_to='none')",
            "9",
            "`mean` must be a number from low to high (1 to 5), got 9.0.",
        ),
        (
            "kk.Action(**{**letter, 'cost': given}, effect=effect)",
            "nan",
            "`cost` must be a number from 0 to 1e+15, got nan.",
        ),
        (
            "kk.Action(**{**letter, 'lever': given}, effect=effect)",
            "'magic'",
            "`lever` must be one of 'product', 'price', 'distribution', 'information', 'reputation',",
        ),
        ("kk.Action(**letter, effect=given)", "3", "`effect` must be kk.Effect(...), got 3."),
        (
            "kk.Strategy(name='all', when=given, objective='grow', reason='buys')",
            "'rung is client'",
            "`when` must be a condition, got 'rung is client'.",
        ),
        (
            "kk.Strategy(name='all', when=given, objective='grow', reason='buys')",
            "lambda frame: frame['T'] > 1",
            "`when` must be ",
        ),
        (
            "kk.Playbook(strategies=given)",
            "[everyone, everyone]",
            "`strategies` must be at least one kk.Strategy, each with a name of its own, got ['all',",
        ),
        (
            "kk.Playbook(strategies=given)",
            "[]",
            "`strategies` must be at least one kk.Strategy, each with a name of its own, got [].",
        ),
        (
            "planner.plan(base, budget=given, start='2026-01-01', seed=1)",
            "1000",
            "`budget` must be a kk.Budget, got 1000.",
        ),
        (
            "planner.plan(base, budget=budget, start=given, seed=1)",
            "'2026-02-30'",
            "`start` must be a date, got '2026-02-30'.",
        ),
        (
            "planner.plan(base, budget=budget, start='2026-01-01', seed=given)",
            "'one'",
            "`seed` must be a whole number of at least 0 or a numpy Generator, got 'one'.",
        ),
        (
            "planner.plan(base, budget=budget, start='2026-01-01', seed=given)",
            "-1",
            "`seed` must be a whole number of at least 0 or a numpy Generator, got -1.",
        ),
        (
            "plan.explain(given)",
            "b'41'",
            "Plan.explain needs text or whole numbers as ids in `customer_id`, found bytes",
        ),
        ("plan.explain(given)", "10**9", "the plan has no customer 1000000000; it has 60 customers."),
        (
            "plan.explain(given)",
            "nan",
            "Plan.explain needs text or whole numbers as ids in `customer_id`, found fractions",
        ),
        (
            "kk.ABCClassifier(limits=given)",
            "(0.95, 0.8)",
            '`limits` must be two shares with 0 < first < second <= 1, or "computed", got (0.95, 0.8).',
        ),
        (
            "kk.ABCClassifier(limits=given)",
            "(0.8, 0.8)",
            '`limits` must be two shares with 0 < first < second <= 1, or "computed", got (0.8, 0.8).',
        ),
        (
            "kk.ABCClassifier(limits=given)",
            "(80, 95)",
            '`limits` must be two shares with 0 < first < second <= 1, or "computed", got (80, 95).',
        ),
        (
            "kk.ValueScorer(purchases=nbd, spend=gamma_gamma, margin=given, discount_rate=0.1, horizon='12M').fit(summary).score(summary)",
            "'30 %'",
            "ValueScorer(margin='30 %') needs columns that are not there: ['30 %'].",
        ),
        (
            "kk.ValueScorer(purchases=nbd, spend=gamma_gamma, margin=0.3, discount_rate=given, horizon='12M')",
            "10",
            "`discount_rate` must be 0, or a number of at least 1e-06 and below 1, got 10.0.",
        ),
        (
            "kk.ValueScorer(purchases=nbd, spend=gamma_gamma, margin=0.3, discount_rate=0.1, horizon=given)",
            "'a year'",
            "`horizon` must be a span of time: a number above 0, then D, W, M or Y, got 'a year'.",
        ),
        (
            "kk.ValueScorer(purchases=nbd, spend=gamma_gamma, margin=0.3, discount_rate=0.1, horizon=given)",
            "-3",
            "`horizon` must be a span of time: a number above 0, then D, W, M or Y, got -3.",
        ),
        (
            "kk.ValueScorer(purchases=gamma_gamma, spend=given, **terms)",
            "nbd",
            "`purchases` takes a model of repeat buying; FittedGammaGamma is one of spend.",
        ),
        (
            "kk.MBGNBDParams(r=given, alpha=1, a=1, b=1)",
            "0",
            "`r` must be a number from 6.9144e-13 to 1.44626e+12, got 0.0.",
        ),
        (
            "kk.MBGNBDParams(r=given, alpha=1, a=1, b=1)",
            "'1'",
            "`r` must be a number from 6.9144e-13 to 1.44626e+12, got '1'.",
        ),
        (
            "kk.FittedNBD(params=given, period='W')",
            "mbgnbd.params",
            "`params` must be kk.NBDParams(...), got MBGNBDParams(r=0.525, alpha=6.183, a=0.891,",
        ),
        (
            "mbgnbd.predict(summary, horizon=given)",
            "'12M'",
            "`horizon` must be a number of periods above 0 and of at most 1.44626e+12, got '12M'.",
        ),
        (
            "mbgnbd.predict(summary, horizon=given)",
            "0",
            "`horizon` must be a number of periods above 0 and of at most 1.44626e+12, got 0.",
        ),
        (
            "mbgnbd.predict(summary, horizon=given)",
            "1e308",
            "`horizon` must be a number of periods above 0 and of at most 1.44626e+12, got 1e+308.",
        ),
        (
            "mbgnbd.simulate(given, seed=1)",
            "['a']",
            "`T` must be for each customer a number of periods above 0 and of at most 1.44626e+12, got",
        ),
        (
            "mbgnbd.simulate(given, seed=1)",
            "[-1.0]",
            "`T` must be for each customer a number of periods above 0 and of at most 1.44626e+12, got",
        ),
        (
            "mbgnbd.simulate(given, seed=1)",
            "[[1.0], [2.0]]",
            "`T` must be for each customer a number of periods above 0 and of at most 1.44626e+12, got",
        ),
        (
            "mbgnbd.simulate(given, seed=1)",
            "[inf]",
            "`T` must be for each customer a number of periods above 0 and of at most 1.44626e+12, got",
        ),
        (
            "gamma_gamma.simulate(given, seed=1)",
            "[1.5]",
            "`frequency` must be for each customer a whole number of repeat purchases from 0 to",
        ),
        (
            "scored.draw(summary, seed=1, draws=given)",
            "10**9",
            "`draws` must be a whole number from 2 to 100,000, got 1000000000.",
        ),
        (
            "scored.draw(summary, seed=given, draws=2)",
            "1.0",
            "`seed` must be a whole number of at least 0 or a numpy Generator, got 1.0.",
        ),
        (
            "kk.testing.make_transactions(customers=given, seed=1)",
            "10**12",
            "`customers` must be a whole number from 1 to 10,000,000, got 1000000000000.",
        ),
    ],
}
