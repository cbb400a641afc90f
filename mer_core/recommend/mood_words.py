"""What a mood word in a file's tags means among known moods, in whatever language a person wrote it.

A word is taken for a mood when it is its name or one of this project's English words for it; when a small table of
common words of other languages has it (WORDS, made for this project); else when the text encoder finds it near enough
to one. What is near to no mood, or nearer to a kind of music or an instrument, means nothing here. How each word was
understood is told, for a person sees it before it is used.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from mer_core.lyrics.encoder import TextEncoder
from mer_core.recommend import vocabulary
from mer_core.recommend.glossary import NEAR, glossary_of
from mer_core.tags.vocabulary import plain_form

BY_NAME, BY_TABLE, BY_MEANING, UNKNOWN = "its name", "the table of words", "its meaning", "not known"

WORDS: dict[str, str] = {
    "happy": "fröhlich glücklich heiter froh joyeux joyeuse heureux gai alegre feliz contento allegro felice gioioso "
    "vrolijk blij wesoły radosny glad lykkelig veselý iloinen mutlu весёлый веселый радостный счастливый весело 楽しい "
    "嬉しい 快乐 欢快 开心 즐거운 행복한 سعيد",
    "sad": "traurig trist trista triste tristes mesto verdrietig droevig smutny sorglig ledsen smutný surullinen üzgün "
    "грустный грустная грустно печальный печально сумно 悲しい 悲伤 忧伤 슬픈 حزين",
    "calm": "ruhig gelassen calme tranquille tranquilo calmo tranquillo kalm rustig spokojny lugn rolig klidný "
    "rauhallinen sakin спокойный спокойно тихий 静か 平静 安静 잔잔한 هادئ",
    "relaxing": "entspannend entspannt relaxant détendu relajante relajado rilassante relaxante ontspannend "
    "relaksujący avslappnande расслабляющий расслабленный リラックス 癒し 放松 舒缓 편안한",
    "energetic": "energiegeladen energisch énergique enérgico energico energiek energiczny energisk энергичный "
    "бодрый エネルギッシュ 激しい 充满活力 신나는",
    "dark": "düster dunkel finster sombre ténébreux oscuro cupo scuro escuro sombrio duister donker mroczny ciemny "
    "mörk temný тёмный темный мрачный 暗い 黑暗 阴暗 어두운",
    "melancholic": "melancholisch wehmütig sehnsüchtig mélancolique nostalgique melancólico nostálgico malinconico "
    "nostalgico melancholiek melancholijny vemodig меланхоличный меланхолия тоскливый 切ない 忧郁 怀旧",
    "romantic": "romantisch romantique romántico romântico romantico romantyczny romantisk романтичный романтический "
    "ロマンチック 浪漫 낭만적인",
    "love": "verliebt liebe amour amoureux amor amore innamorato liefde miłość kärlek любовь 恋 爱情 사랑",
    "heavy": "wütend aggressiv zornig agressif colère agresivo enojado aggressivo arrabbiato agressivo raivoso "
    "agressief boos agresywny wściekły arg агрессивный злой гневный 怒り 愤怒 分노",
    "epic": "episch heldenhaft épique héroïque épico epico heroico episk эпический эпично героический 壮大 史诗",
    "dream": "verträumt träumerisch rêveur onirique soñador sognante sonhador dromerig marzycielski drömmande "
    "мечтательный 夢幻 梦幻",
    "funny": "lustig witzig drôle amusant gracioso divertente engraçado grappig zabawny смешной забавный 面白い 搞笑",
    "hopeful": "hoffnungsvoll esperanzador speranzoso esperançoso hoopvol hoppfull 希望",
    "horror": "unheimlich gruselig effrayant terrorífico aterrador spaventoso assustador griezelig straszny "
    "страшный жуткий 怖い 恐怖",
    "meditative": "meditativ besinnlich méditatif meditativo medytacyjny медитативный 瞑想 冥想",
    "powerful": "kraftvoll mächtig puissant poderoso potente krachtig potężny kraftfull мощный 力強い 强大",
    "soft": "sanft zart weich doux tendre suave tierno dolce tenero terno zacht delikatny mjuk нежный мягкий "
    "柔らか 温柔",
    "slow": "langsam lent lento langzaam wolny långsam медленный ゆっくり 缓慢",
    "fast": "schnell rapide rápido veloce snel szybki snabb быстрый 速い 快速",
    "party": "feier fête fiesta festa feest impreza fest вечеринка パーティー 派对",
    "uplifting": "erhebend aufbauend exaltant edificante inspirador вдохновляющий воодушевляющий 振奋",
    "emotional": "gefühlvoll bewegend émouvant emocionante emotivo emozionante ontroerend wzruszający эмоциональный "
    "трогательный 感動的 感人",
    "dramatic": "dramatisch dramatique dramático drammatico dramatyczny драматичный 戏剧性",
    "sexy": "sinnlich sensuel sensual sensuale sensueel zmysłowy чувственный セクシー 性感",
    "christmas": "weihnachten weihnachtlich noël navidad natale natal kerst jul рождество クリスマス 圣诞",
    "summer": "sommer sommerlich été verano estate verão zomer lato sommar лето летний 夏 夏天",
}
"""Mood → words for it in about fifteen languages, between blanks; this project's own list, for single words say little
to a text encoder."""
_CYRILLIC = dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdeziyklmnoprstufhye", strict=True))


class Meaning(NamedTuple):
    """A word, the mood it means ("" for none), how that was found, and how sure, in [0, 1]."""

    word: str
    mood: str
    how: str
    likeness: float


def meanings(words: Iterable[str], moods: Sequence[str], encoder: TextEncoder | None = None) -> list[Meaning]:
    """What each word means among `moods`. encoder: None reads names and the table alone."""
    wanted = list(dict.fromkeys(words))
    found = {word: literal for word in wanted if (literal := _literally(word, moods))}
    rest = [word for word in wanted if word not in found]
    if encoder is not None and rest:
        found |= dict(zip(rest, _by_meaning(rest, moods, encoder), strict=True))
    return [found.get(word) or Meaning(word, "", UNKNOWN, 0.0) for word in wanted]


def _literally(word: str, moods: Sequence[str]) -> Meaning | None:
    form = plain_form(word)
    for names, how in ((_names(tuple(moods)), BY_NAME), (_table(), BY_TABLE)):
        for spelled in (form, _in_latin(form)):
            if (mood := names.get(spelled)) in moods:
                return Meaning(word, str(mood), how, 1.0)
    return None


def _by_meaning(words: Sequence[str], moods: Sequence[str], encoder: TextEncoder) -> list[Meaning]:
    glossary = glossary_of(encoder)
    likeness = glossary.likeness([word.casefold() for word in words])
    offered = [kind == "mood" and name in moods for name, kind in zip(glossary.names, glossary.kinds, strict=True)]
    among = np.where(offered, likeness, -1.0)
    best = among.argmax(axis=1)
    rows = zip(words, best, among.max(axis=1), likeness.max(axis=1), strict=True)
    return [
        Meaning(word, glossary.names[column], BY_MEANING, float(near))
        if near >= max(NEAR, nearest)
        else Meaning(word, "", UNKNOWN, max(float(near), 0.0))
        for word, column, near, nearest in rows
    ]


@cache
def _names(moods: tuple[str, ...]) -> dict[str, str]:
    """Every way to write a mood or an English word for it; the moods' own names come first."""
    found = {plain_form(mood): mood for mood in moods}
    for mood in moods:
        for phrase in vocabulary.MOODS.get(mood, ()):
            found.setdefault(plain_form(phrase), mood)
    return found


@cache
def _table() -> dict[str, str]:
    return {plain_form(word): mood for mood, words in WORDS.items() for word in words.split()}


def _in_latin(form: str) -> str:
    """A word in Cyrillic letters as it sounds, for words that are written in the wrong alphabet."""
    return "".join(_CYRILLIC.get(sign, sign) for sign in form)
