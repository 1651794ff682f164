"""Checks of a calibration: does it recover what is known, and does it predict what it has not seen?"""
