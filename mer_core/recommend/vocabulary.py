"""What people call moods and sounds when they describe music in their own words; this project's own lists.

The first word or words of an entry are its name, the others what people say for it. Other languages need no entries:
the sentence encoder maps them to the same places.
"""

MOODS: dict[str, tuple[str, ...]] = {
    "action": ("action", "fight scene"),
    "adventure": ("adventure", "adventurous", "quest", "expedition", "heroic journey", "pirates"),
    "advertising": ("advertising", "advertisement", "jingle", "promo"),
    "ballad": ("ballad", "slow love song"),
    "calm": ("calm", "peaceful", "quiet", "gentle", "tranquil", "serene", "soothing"),
    "children": ("children", "kids", "nursery rhyme", "toddlers", "playground"),
    "christmas": (
        "christmas",
        "xmas",
        "santa claus",
    ),
    "cool": ("cool", "laid back", "stylish", "smooth"),
    "corporate": ("corporate", "business presentation", "office"),
    "dark": ("dark", "gloomy", "sinister", "threatening", "evil", "ominous", "brooding"),
    "deep": ("deep", "profound", "deep house"),
    "documentary": ("documentary", "report"),
    "drama": ("drama", "tragedy"),
    "dramatic": ("dramatic", "suspense", "thriller", "tension", "tense", "suspenseful"),
    "dream": ("dream", "dreamy", "ethereal", "floating", "magical", "mystical", "fairy tale", "otherworldly"),
    "emotional": ("emotional", "moving", "touching"),
    "energetic": ("energetic", "high energy", "pumping", "wild", "lively", "full of energy"),
    "epic": ("epic", "battle", "heroic", "majestic", "triumphant"),
    "fast": ("fast", "quick", "speed", "high tempo", "racing"),
    "film": ("film", "soundtrack", "cinematic"),
    "fun": ("fun", "playful", "whimsical", "light-hearted", "bouncy", "cheeky", "jolly"),
    "funny": ("funny", "comedy", "silly", "humorous", "cartoon", "clown", "comical", "goofy"),
    "game": ("game", "video game", "level music"),
    "groovy": ("groovy", "groove", "funky", "swinging"),
    "happy": ("happy", "cheerful", "joyful", "sunny", "jolly", "glad", "joyous"),
    "heavy": ("heavy", "aggressive", "angry", "brutal", "furious", "rage", "violent", "loud and distorted"),
    "holiday": ("holiday", "vacation"),
    "hopeful": ("hopeful", "hope", "optimistic", "a new beginning"),
    "horror": ("horror", "scary", "spooky", "creepy", "ghosts", "eerie", "terrifying"),
    "inspiring": ("inspiring", "inspirational"),
    "love": ("love", "lovely", "in love"),
    "meditative": ("meditative", "meditation", "yoga", "sacred", "spiritual"),
    "melancholic": ("melancholic", "wistful", "nostalgic", "bittersweet", "longing", "lonely", "autumn"),
    "mellow": ("mellow", "easy listening"),
    "melodic": ("melodic", "melody", "tuneful"),
    "motivational": ("motivational", "motivating", "success"),
    "nature": ("nature", "forest", "ocean", "birds", "mountains"),
    "party": ("party", "dance floor", "club", "dancing"),
    "positive": ("positive", "feel-good", "good vibes"),
    "powerful": ("powerful", "huge", "mighty", "strong", "intense"),
    "relaxing": ("relaxing", "relaxation", "falling asleep", "sleep", "chill", "unwind", "spa"),
    "retro": ("retro", "vintage", "old-fashioned", "nostalgia"),
    "romantic": ("romantic", "candlelight dinner", "wedding", "date night"),
    "sad": ("sad", "sorrow", "grief", "mournful", "heartbroken", "funeral", "crying", "tears", "somber"),
    "sexy": ("sexy", "sensual", "seductive", "erotic"),
    "slow": ("slow", "slow tempo", "unhurried", "dragging"),
    "soft": ("soft", "tender", "delicate", "gentle"),
    "soundscape": ("soundscape", "drone", "texture", "atmosphere"),
    "space": ("space", "cosmic", "planets", "stars", "science fiction"),
    "sport": ("sport", "workout", "gym", "training"),
    "summer": ("summer", "beach", "tropical", "sunshine"),
    "trailer": ("trailer", "blockbuster"),
    "travel": ("travel", "road trip", "journey"),
    "upbeat": ("upbeat", "peppy", "bright and lively"),
    "uplifting": ("uplifting", "elevating", "joyous and rising", "heart-warming"),
}

TAGS: dict[str, tuple[str, ...]] = {
    "rock": ("rock", "rock music"),
    "pop": ("pop", "pop song"),
    "alternative": ("alternative",),
    "indie": ("indie", "indie music"),
    "electronic": ("electronic", "synthesizer", "synths", "electronic music"),
    "female vocalists": (
        "female vocalists",
        "woman singing",
        "female voice",
        "female vocals",
        "female singer",
        "vocals",
        "singing",
    ),
    "dance": ("dance", "dance music"),
    "jazz": ("jazz", "jazzy", "saxophone", "big band"),
    "metal": ("metal", "metal music", "thrash"),
    "chillout": ("chillout", "lounge", "chill"),
    "male vocalists": (
        "male vocalists",
        "man singing",
        "male voice",
        "male vocals",
        "male singer",
        "vocals",
        "singing",
    ),
    "classic rock": ("classic rock",),
    "soul": ("soul", "motown"),
    "80s": ("80s", "eighties"),
    "folk": ("folk", "folk music", "banjo"),
    "90s": ("90s", "nineties"),
    "70s": ("70s", "seventies"),
    "60s": ("60s", "sixties"),
    "instrumental": ("instrumental",),
    "punk": ("punk", "punk rock"),
    "oldies": ("oldies", "golden oldies"),
    "blues": ("blues", "bluesy"),
    "hard rock": ("hard rock",),
    "ambient": ("ambient", "ambient music"),
    "acoustic": ("acoustic", "unplugged"),
    "experimental": ("experimental", "avant-garde", "strange noises"),
    "guitar": ("guitar", "guitars", "electric guitar"),
    "Hip-Hop": ("hip-hop", "hip hop", "rap"),
    "country": ("country", "country music"),
    "easy listening": ("easy listening",),
    "catchy": ("catchy",),
    "funk": ("funk", "funky"),
    "heavy metal": ("heavy metal",),
    "Progressive rock": ("progressive rock", "prog rock"),
    "rnb": ("rnb", "r&b"),
    "House": ("house music", "deep house"),
    "sexy": ("sexy",),
    "sad": ("sad",),
    "happy": ("happy",),
    "party": ("party",),
    "beautiful": ("beautiful",),
    "Mellow": ("mellow",),
    "chill": ("chill",),
}
"""Of the 50 Last.fm tags that MusiCNN hears those that people ask for."""

SOUNDS: dict[str, tuple[str, ...]] = {
    "piano": ("piano", "pianist", "grand piano"),
    "violin": ("violin", "fiddle"),
    "cello": ("cello",),
    "strings": ("strings", "string quartet"),
    "flute": ("flute",),
    "harp": ("harp",),
    "harpsichord": ("harpsichord",),
    "drums": ("drums", "percussion", "drum kit"),
    "synth": ("synth", "synths"),
    "choir": ("choir", "choral"),
    "opera": ("opera",),
    "classical": ("classical", "classical music", "orchestra"),
    "techno": ("techno",),
    "new age": ("new age",),
    "beat": ("beat", "beats"),
    "loud": ("loud",),
    "quiet": ("quiet",),
}
"""Of the 50 tags of MagnaTagATune those that people ask for and that `heard_tags` tells well enough."""

PLEASANT = ("happy and cheerful music", "a joyful song in a good mood", "bright, positive, uplifting music", "lovely")
UNPLEASANT = ("sad and gloomy music", "a mournful song of grief", "dark, threatening, scary music", "angry and hateful")
EXCITED = ("fast, loud, energetic music", "a wild party", "furious and aggressive", "a thrilling chase at full speed")
QUIET = ("slow, quiet, peaceful music", "relaxing music to fall asleep", "tender and soft", "a sad slow ballad")

NEGATORS = frozenset({
    "no", "not", "without", "never", "nothing", "none", "nor", "less", "don't", "isn't", "nicht", "kein", "keine",
    "keinen", "keiner", "keines", "ohne", "nie", "nichts", "sans", "pas", "jamais", "aucun", "aucune", "rien",
    "sin", "nunca", "nada", "ningún", "sem", "não", "nem", "nenhum", "без", "не", "нет", "ни", "никогда",
})  # fmt: skip
"""Words after which the next words are not wanted, up to a comma or one of TURNS."""
SMALL_SIGNS = ("音乐", "音楽", "歌曲", "的", "曲", "歌", "の")
"""What stands in for small words in scripts without spaces."""
NEGATING_SIGNS = ("不", "没有", "别", "ではない", "じゃない", "なしで", "なし")
TURNS = frozenset({
    "but", "rather", "just", "only", "though", "yet", "aber", "sondern", "nur", "doch", "mais", "juste", "plutôt",
    "pero", "sino", "mas", "só", "но", "а", "только",
})  # fmt: skip
"""Words that end what is not wanted."""

SMALL_WORDS = frozenset({
    "a", "about", "above", "after", "again", "all", "along", "also", "always", "am", "an", "and", "any", "anything",
    "are", "as", "at", "away", "be", "because", "been", "being", "best", "bit", "both", "by", "can", "could", "did",
    "do", "does", "down", "each", "else", "every", "everybody", "everyone", "few", "find", "for", "from", "full",
    "get", "give", "gives", "go", "goes", "going", "good", "great", "had", "has", "have", "he", "her", "here",
    "him", "his", "how", "i", "i'd", "i'm", "if", "in", "into", "is", "it", "it's", "its", "kind", "let's", "like",
    "little", "lot", "lots", "love", "make", "makes", "many", "maybe", "me", "more", "most", "much", "music",
    "must", "my", "need", "needs", "nice", "now", "of", "off", "on", "one", "or", "other", "our", "out", "over",
    "piece", "play", "please", "put", "quite", "really", "right", "room", "see", "she", "should", "so", "some",
    "somebody", "someone", "something", "song", "songs", "sound", "sounds", "stuff", "such", "suggest", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "thing", "things", "this", "those", "through",
    "to", "too", "track", "tracks", "tune", "tunes", "up", "us", "very", "want", "wanted", "was", "way", "we",
    "were", "what", "when", "where", "which", "while", "who", "whole", "will", "with", "would", "you", "your",
    "ein", "eine", "einen", "einer", "einem", "und", "der", "die", "das", "den", "dem", "für", "mit", "zum", "zur",
    "im", "von", "auf", "bei", "ist", "sehr", "etwas", "musik", "lied", "zu", "wie", "ich", "bitte", "un", "une",
    "des", "le", "la", "les", "et", "de", "du", "pour", "avec", "dans", "qui", "très", "musique", "chanson", "au",
    "aux", "en", "je", "veux", "una", "uno", "el", "los", "las", "y", "para", "con", "muy", "música", "canción",
    "que", "por", "mi", "um", "uma", "o", "os", "e", "com", "muito", "da", "и", "в", "на", "для", "с", "музыка",
    "музыку", "песня", "очень", "под", "как",
})  # fmt: skip
"""Words that say nothing about music, in the languages that are read."""
