"""What holds for all tests."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell's background jobs have it, and would hand it on
    signal.signal(signal.SIGINT, signal.default_int_handler)
