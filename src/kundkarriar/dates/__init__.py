"""Dates and time: units and spans of time, calendar months, dates read strictly, implausible dates."""
