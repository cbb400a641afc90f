"""A playlist that is there already, as what the recommend page is asked by, and made longer."""

import pandas as pd
import streamlit as st

from mer_core.app.messages import counted, plain
from mer_core.app.uploads import uploader
from mer_core.audio.playlists import SUFFIXES, playlist_entries
from mer_core.recommend.catalogue import Catalogue
from mer_core.recommend.playlist import tracks_by_name, with_originals

SHOWN = 5
_ASKED = "_asked_by_playlist"


def ask_playlist(catalogue: Catalogue) -> list[str]:
    """The ids of the tracks of a dropped playlist that are in the catalogue; [] without one. They are left for
    `lengthened`, in the same run of the page."""
    with st.expander("Go on from a playlist", icon=":material/playlist_add:"):
        files = uploader("M3U or M3U8", [suffix.removeprefix(".") for suffix in SUFFIXES], key="playlist")
        if not files:
            return []
        entries = playlist_entries(files[-1].getvalue())
        known, missing = tracks_by_name(catalogue.tracks, entries)
        if not known:
            st.warning(f"None of the {counted(len(entries), 'file')} of this playlist is in this workspace.")
            return []
        st.caption(f"{counted(len(known), 'track')} of the playlist, found here by folder and name")
        if missing:
            some = ", ".join(plain(entry) for entry in missing[:SHOWN])
            st.caption(f"Not here: {counted(len(missing), 'file')} ({some}{', …' if len(missing) > SHOWN else ''})")
    st.session_state[_ASKED] = known
    return known


def lengthened(catalogue: Catalogue, found: pd.DataFrame) -> pd.DataFrame:
    """What a downloaded playlist holds: what was found, and where it was asked by a playlist that one's tracks in
    front, unless the person wants the new ones alone."""
    originals = st.session_state.pop(_ASKED, [])
    if not originals:
        return found
    whole = st.toggle(
        f"Download with the playlist's own {counted(len(originals), 'track')} in front",
        value=True,
        key="whole-playlist",
    )
    return with_originals(catalogue, originals, found) if whole else found
