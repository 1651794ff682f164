"""From results to estimates: responses, intervals, paired differences, ratios."""
