# ruff: noqa: E501 - a case is a line
"""Cases of experiments and their policies, and of reviews of plans."""

MAILING = "kk.Experiment(treatment='arm', control='none', outcome='spend', outcome_is='revenue', {}).fit(given)"
GROUPED, BEFORE, SHARES = (
    MAILING.format(each) for each in ("by='channel'", "before='age'", "probability={'none': 0.9, 'mail': 0.1}")
)

CALLS = {}

CASES = {
    "arms that were not drawn at random": [
        (GROUPED, "campaign.assign(channel=np.where((campaign['arm'] == 'mail') ^ (campaign['customer_id'] % 9 == 0), 'web', 'shop'))", "Customers were chosen, and what chose them also moves the outcome: a logged campaign is no experiment."),
        (BEFORE, "campaign.assign(age=campaign['age'] + 20 * (campaign['arm'] == 'mail'))", "the arms of this campaign were not drawn as stated: the mean of `age` is 22.83 (none) and 42.97 (mail);"),
        (SHARES, "campaign", "the arms have 30 (none) and 30 (mail) customers, and were to have 54 and 6;"),
    ],
    "a campaign that is none": [
        ("mailing.fit(given)", "campaign.assign(arm='none')", "Experiment.fit compares arms, and all 60 customers have 'none' in `arm`."),
        ("mailing.fit(given)", "campaign.assign(arm='mail')", "Experiment.fit needs customers of the control 'none', and `arm` holds ['mail']."),
        ("mailing.fit(given)", "campaign.drop(columns='arm')", "Experiment.fit needs columns that are not there: ['arm']."),
        ("mailing.fit(given)", "one(campaign, 'arm', None)", "Experiment.fit needs a value in `arm` on every row: broken by 1 of 60 rows."),
        ("mailing.fit(given)", "one(campaign, 'spend', nan)", "Experiment.fit needs an outcome in `spend` on every row: broken by 1 of 60 rows."),
        ("mailing.fit(given)", "campaign.head(0)", "Experiment.fit needs customers, and the frame is empty."),
        ("mailing.fit(campaign).policy(margin=0.4, cost=0.1).value(given)", "campaign.assign(arm='call')", "Policy.value knows the arms of the experiment, ['none', 'mail'], and `arm` holds others: broken by 60 of 60 rows."),
    ],
    "an arm without a cost": [
        ("mailing.fit(campaign).policy(margin=0.4, cost=given)", "{'none': 0.1}", "`cost` must be a number for each arm, and ['mail'] lack one, got {'none': 0.1}."),
        ("mailing.fit(campaign).policy(margin=0.4, cost=given)", "{'mail': 0.1, 'call': 1}", "`cost` must be a number for each arm of ['none', 'mail'], and ['call'] are none,"),
        ("mailing.fit(campaign).policy(margin=0.4, cost=given)", "None", "`cost` must be a number from -1e+15 to 1e+15, got None."),
        ("mailing.fit(campaign).profits(margin=0.4, cost=given)", "{'none': 0, 'mail': -0.1}", "`cost` must be amounts of at least 0, got {'none': 0, 'mail': -0.1}."),
        ("mailing.fit(campaign).policy(margin=given, cost=0.1)", "None", "`margin` must be the share of revenue that is profit, as revenue is no profit;"),
    ],
    "an arm without an outcome": [
        ("mailing.fit(given).checks().loc[lambda table: ~table['passed'], 'check'].tolist()", "campaign.assign(spend=campaign['spend'].where(campaign['arm'] == 'none', 0))", "gives: ['scatter of mail', 'visible effect of mail']"),
        ("mailing.fit(given).effects()[['low', 'high']].isna().all(axis=None)", "campaign.assign(spend=0)", "gives: True"),
    ],
    "a review of an incomplete export": [
        ("planner.review(halved, {'transactions': given})", "treated_alone", "customers held out bought anything, where"),
        ("planner.review(halved, {'transactions': given})", "export[~export['customer_id'].isin(treated_alone['customer_id'])]", "their purchases are missing."),
        ("planner.review(halved, {'transactions': given})", "export.iloc[::4]", "warns: do the actuals hold a part of the customers, or did demand change?"),
        ("planner.review(halved, {'transactions': given})", "pd.concat([export, export.iloc[::4]])", "warns: 50 of 250 transactions are the same as an earlier one in every column: their amounts count again."),
        ("planner.review(plan, {'transactions': next_year}, amounts_at=given)", "'gross'", "`amounts_at` must be one of 'paid', 'list', got 'gross'."),
    ],
    "a review of other actuals": [
        ("planner.review(plan, {'transactions': given})", "next_year.assign(customer_id=next_year['customer_id'] + 1000)", "0 of the 60 customers in the actuals are among the 60 of the plan: they are the actuals of another plan."),
        ("planner.review(plan, {'transactions': given})", "orders", "the actuals end on 2025-06-20, before the plan's first day, 2026-01-01: they tell nothing of the plan."),
        ("planner.review(plan, {'transactions': next_year, 'contacts': given})", "plan.contacts().assign(action='call')", "StrategyPlanner.review: contacts must be by an action of the plan, which are ['letter']: broken by"),
        ("planner.review(plan, given)", "{'contacts': plan.contacts()}", "`actuals` has no 'transactions': nothing can be measured without them."),
        ("planner.review(plan, {'transactions': next_year}, as_of=given)", "LATER", "`as_of` 2025-12-31 lies before the plan's first day, 2026-01-01: nothing of it has come yet."),
        ("planner.review(given, {'transactions': next_year})", "base", "`plan` must be a plan, or its dict, got a DataFrame."),
        ("planner.review(given, {'transactions': next_year})", "stored(plan, 'start', to=3)", "`plan`: a stored plan holds a value that to_dict() never writes in `start`: text is needed, got 3."),
    ],
}
