"""The loop, in this order: intake, detection, alerts, cases, tasks, outcomes, indicators.

Facts go forward as events, questions and verdicts go back as calls.
"""
