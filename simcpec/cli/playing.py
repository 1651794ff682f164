"""x"""
from simcpec.cli.console import Console
def run(console: Console) -> None:
    """x"""
def compare(console: Console) -> None:
    """x"""
