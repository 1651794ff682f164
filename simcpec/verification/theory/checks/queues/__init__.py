"""Checks of leads, searches and movements that wait for teams."""
