"""What tracks are called, and finding them by it."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class TrackNames:
    """The names of many tracks, made once, for searching them again and again."""

    names: dict[str, str]
    """By track id: "title · artist", what is known of it, or the id itself."""
    words: pd.Series
    """Index track_id: what is searched, case folded."""
    artists: pd.Series
    """Index track_id: names of artists, case folded; "" where unknown."""

    def of(self, track_id: str) -> str:
        """What to call a track; its id where it is not known."""
        return self.names.get(track_id, track_id)

    def find(self, text: str) -> list[str]:
        """Ids of the tracks by the artist called exactly `text`; without such an artist, of those whose id, title,
        artist or artist id
        together hold every word of it. Case does not matter; none for an empty text.
        """
        found = self.words
        words = text.casefold().split()
        if words and (by_artist := self.artists == " ".join(words)).any():
            return list(self.artists.index[by_artist])
        for word in words:
            found = found[found.str.contains(word, regex=False)]
        return [] if found is self.words else list(found.index)


def name_tracks(tracks: pd.DataFrame) -> TrackNames:
    """The names of tracks (columns track_id, title, artist, artist_id)."""
    title = tracks["title"].where(tracks["title"] != "", tracks["track_id"])
    artist = (" · " + tracks["artist"]).where(tracks["artist"] != "", "")
    words = (
        tracks["track_id"] + "\n" + tracks["title"] + "\n" + tracks["artist"] + "\n" + tracks["artist_id"]
    ).str.casefold()
    artists = tracks["artist"].str.casefold().set_axis(tracks["track_id"])
    return TrackNames(
        dict(zip(tracks["track_id"], title + artist, strict=True)), words.set_axis(tracks["track_id"]), artists
    )
