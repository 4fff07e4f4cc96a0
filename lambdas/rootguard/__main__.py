"""`python -m rootguard` is the operator's command. No function's asset holds this file."""

from cli.main import main

if __name__ == "__main__":
    main()
