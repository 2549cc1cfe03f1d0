"""The command ``neuralbuilder``: which commands there are, and how they end.

Exit codes: 0 done, 2 something asked for cannot be done (one line on the error stream says what),
3 the window cannot be opened here, 130 interrupted, 143 terminated (by SIGTERM, while training).
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from neuralbuilder import __version__
from neuralbuilder.cli.output import say
from neuralbuilder.problems import UserError

EXIT_USER_ERROR = 2
EXIT_NO_WINDOW = 3
EXIT_INTERRUPTED = 130

TRAINING_COMMANDS = ("train", "evaluate", "bench", "demo")
"""Commands that compute so much that the linear algebra library has to start as in training."""

COMMANDS = {
    "open": "Open the window, on FILE or on an example.",
    "new": "Write a project file with a network such as R^4 -> 3 tanh -> R^2.",
    "info": "Show layers, shapes, parameters and problems of a project file.",
    "train": "Train the network in a project file and save it.",
    "evaluate": "Measure how good the saved weights are, class by class.",
    "crossval": "Train the network on several divisions of its data and test each.",
    "predict": "Compute the outputs for the rows of a table, or for pictures.",
    "screenshot": "Save a picture of the window with a project file.",
    "bench": "Measure how fast training is on this machine.",
    "demo": "Train the example without a window and save a picture of it.",
}


class Commands(click.Group):
    """Imports a command when it is called; a first argument that is no command is a file."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"neuralbuilder.cli.{name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """``neuralbuilder`` and ``neuralbuilder FILE`` open the window."""
        if not args or (not args[0].startswith("-") and args[0] not in COMMANDS):
            if args:
                _check_file(args[0])
            args = ["open", *args]
        return super().parse_args(ctx, args)


def _check_file(argument: str) -> None:
    """A word that is neither a command nor a file is most likely a misspelt command."""
    path = Path(argument)
    if path.suffix == ".nbnet" or path.exists():
        return
    close = difflib.get_close_matches(argument, COMMANDS, n=1)
    meant = f"Did you mean {close[0]}?" if close else f"Commands are: {', '.join(COMMANDS)}."
    raise UserError(f"There is no command and no file {argument!r}.", meant)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="neuralbuilder FILE opens the window on a file; neuralbuilder alone, on an example.",
)
@click.version_option(__version__, prog_name="NeuralBuilder")
def cli() -> None:
    """Draw, train and understand neural networks."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what cannot be done is one line on stderr."""
    if arguments is None and sys.argv[1:2] and sys.argv[1] in TRAINING_COMMANDS:
        from neuralbuilder.cli.restart import restart_for_training

        restart_for_training(sys.argv[1:])
    try:
        result = cli.main(
            None if arguments is None else list(arguments),
            prog_name="neuralbuilder",
            standalone_mode=False,
        )
    except UserError as error:
        return _refuse(str(error))
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "neuralbuilder"
        return _refuse(f"{error.format_message()} See {command} --help.")
    except click.ClickException as error:
        return _refuse(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        say("Interrupted.", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone, as in `neuralbuilder info FILE | head -1`.
        sys.stdout = None
        return 0
    return result if isinstance(result, int) else 0


def _refuse(message: str) -> int:
    say(f"neuralbuilder: {' '.join(message.split())}", err=True)
    return EXIT_USER_ERROR
