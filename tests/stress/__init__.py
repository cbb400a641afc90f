"""Load, faults and hostile input, in at most 15 minutes: `python -m tests.stress`. Everything runs on this machine
alone.

audio       the hostile corpus through the predictor, in processes bounded in memory and time
artifacts   every file of a workspace damaged in every way; scripts and pages must work or say what is wrong
crashes     scripts killed (SIGKILL) and left without disk at random points; then resumed, then compared with an
undisturbed run
mutations   valid files, audio and ours, with bytes changed, through their readers
people      many sessions at once on a real server; each must get its own right answer
strangers   other people's files: joined and chained streams, lying headers, tags that inflate, floods of pieces
writers     two scripts writing one workspace at once, the first held in the middle

Other modules: report (figures and the final table), isolation (a function in a process of its own), small_workspace,
damage,
jobs (what is killed), browsing (a browser's side of Streamlit's protocol).
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(path) for path in (ROOT, ROOT / "scripts", ROOT / "tests") if str(path) not in sys.path]
