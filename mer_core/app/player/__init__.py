"""The one player at the bottom of every page: sound, waveform, moods over time on the same axis, next and previous.

`play` chooses what is heard (in a callback, that is before the page runs, so that the sound begins at once); `show`,
called by `open_page`, draws the bar. bar.js, bar.css and bar.html are a Streamlit component (v2) of the project's own;
`data` that it is given has these keys:

    src         address of the sound on this server ("": none here)
    plays       how often something was chosen to play in this session; a larger number than before starts the sound
    start       second at which it starts
    title, artist, moods, place, note   words: what it is called, its moods, "3 of 15", why it cannot be heard
    link, link_label                    an address elsewhere, offered and never opened by itself
    duration    seconds
    draws       whether the browser may fetch src to draw the waveform (never from another machine)
    peaks       [[lowest, highest], …] in [-1, 1], or null: the browser finds them
    rows        moods over time: [{name, colour, starts: seconds, values: probabilities in [0, 1]}, …]; those
                of words have ends: seconds, too, and colours: one a value
    previous, next   whether there is one in the list at hand
"""

from mer_core.app.player.bar import UPLOAD as UPLOAD
from mer_core.app.player.bar import choose as choose
from mer_core.app.player.bar import enter_list as enter_list
from mer_core.app.player.bar import play as play
from mer_core.app.player.bar import playing as playing
from mer_core.app.player.bar import show as show
