"""``python -m hezhi.edge.cli``: the same as the command ``hezhi``."""

from hezhi.edge.cli.main import run

if __name__ == "__main__":
    run()
