"""Checks of what attacks and money lead to: losses, spans of time, cost lines, appraisal."""
