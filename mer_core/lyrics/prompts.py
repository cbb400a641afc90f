"""What words of each feeling sound like: this project's own sentences, to whose meaning the lines of a song are
compared.

They are written the way songs speak, in the first person. Only feelings and themes that words can show are here: tempo,
loudness, sound and what music is used for (fast, heavy, soundscape, corporate …) are heard, not read.
"""

MOODS: dict[str, tuple[str, ...]] = {
    "calm": (
        "everything is quiet and still and I am at peace",
        "rest now, breathe slowly, there is nothing to worry about",
        "the evening is silent and my mind is calm",
    ),
    "children": (
        "a nursery rhyme for little children",
        "go to sleep, my baby, mummy and daddy are here",
        "let's count to ten and sing the alphabet with the animals",
    ),
    "christmas": (
        "merry christmas everyone",
        "santa claus is coming with presents under the christmas tree",
        "silent holy night, the baby is born in a manger, bells ring in the snow",
    ),
    "dark": (
        "my soul is full of darkness and hatred",
        "death, war, ashes and destruction everywhere",
        "I will kill you, you will suffer and bleed",
        "there is no god, no hope, only emptiness and evil",
        "addiction and poison are eating me from the inside",
    ),
    "dream": (
        "I am floating in a dream above the clouds",
        "I close my eyes and drift away to another world",
        "stars and moonlight carry me through my dreams",
    ),
    "fun": (
        "let's have fun and go crazy together",
        "we are laughing, jumping and playing around",
        "come on, everybody, it's going to be a good time",
    ),
    "funny": (
        "this is a silly joke and it makes me laugh",
        "the animal did something ridiculous in the kitchen",
        "my mother-in-law, my diet and my stupid car are a comedy",
    ),
    "happy": (
        "I am so happy today",
        "I feel good, the sun is shining and I am smiling",
        "joy and laughter, this is the best day of my life",
        "we are singing and dancing with joy",
    ),
    "hopeful": (
        "everything is going to be all right",
        "after the dark night a new morning will come",
        "I believe that tomorrow will be better",
        "we will start again, there is still hope",
    ),
    "horror": (
        "monsters, ghosts and the living dead are coming to get you",
        "blood on the walls, a scream in the night, something is in the house",
        "I am afraid, a creature is watching me from the shadows",
    ),
    "inspiring": (
        "never give up, you can do anything you want",
        "stand up and fight, we shall overcome",
        "I fell down but I rose again, stronger than before",
        "we are the champions, we reach for the top",
    ),
    "love": (
        "I love you with all my heart",
        "you are the love of my life and I need you",
        "I will be yours forever and always by your side",
    ),
    "melancholic": (
        "I remember the old days and know they will not come back",
        "autumn leaves are falling and I think of what I lost",
        "I am lonely and far from home and time is passing",
        "I miss you and the years have gone by",
    ),
    "nature": (
        "the river, the forest and the mountains",
        "birds are singing in the trees and the wind blows over the fields",
        "the sea, the sky and the flowers in the meadow",
    ),
    "party": (
        "we are partying all night long",
        "everybody on the dance floor, hands up, DJ play the music",
        "drinks in the club with my friends on saturday night",
    ),
    "romantic": (
        "kiss me under the moonlight and hold me tight",
        "candlelight, a slow dance, my darling in my arms",
        "your eyes, your lips, your tender touch tonight",
    ),
    "sad": (
        "I am crying because you left me",
        "my heart is broken and the tears will not stop",
        "he died and we buried him and I am all alone",
        "I have lost everything and it hurts so much",
        "goodbye my love, you are gone and I am left with the pain",
    ),
    "sexy": (
        "I want your body, touch me, baby, all night",
        "take off your clothes and come to bed with me",
        "she is hot and sexy and moves her hips",
    ),
    "summer": (
        "it's summer, we are at the beach in the hot sun",
        "swimming in the sea on a long summer holiday",
        "ice cream, sand and blue skies in july",
    ),
    "travel": (
        "I am leaving on a train to a faraway town",
        "driving down the highway, travelling around the world",
        "my suitcase, the road and another border",
    ),
}  # fmt: skip

PLEASANT: tuple[str, ...] = (
    "I am happy and full of joy",
    "this is the best day of my life",
    "I love you and you love me",
    "everything is going to be all right",
    "we are laughing and dancing together",
    "life is beautiful",
    "I feel good",
    "I believe in tomorrow",
    "thank you for your kindness",
    "at last we are free",
    "the sun is shining and I am smiling",
    "you make me happy",
    "peace and harmony",
    "sweet dreams, my darling",
    "we won, we made it",
    "hope and light",
    "warm and safe at home with friends",
    "let's have fun and celebrate",
)
UNPLEASANT: tuple[str, ...] = (
    "I am sad and full of pain",
    "this is the worst day of my life",
    "you left me and I am crying",
    "nothing will ever be right again",
    "I am alone in the dark",
    "life is cruel",
    "I feel hopeless",
    "I have lost everything",
    "I hate you and your lies",
    "we are trapped",
    "the rain is falling and I am in tears",
    "you broke my heart",
    "war and death",
    "nightmares and fear",
    "we lost, it is over",
    "despair and darkness",
    "cold and lonely with nobody who cares",
    "he died and we buried him",
)
EXCITED: tuple[str, ...] = (
    "everybody scream and jump",
    "I am furious, I will fight you",
    "we are going wild tonight",
    "run, run, as fast as you can",
    "fire, thunder and explosions",
    "my heart is racing",
    "let's go crazy on the dance floor",
    "I am shouting with rage",
)
QUIET: tuple[str, ...] = (
    "hush, go to sleep now",
    "I am tired and want to rest",
    "everything is quiet and still",
    "slowly the evening falls over the lake",
    "I am sitting alone and thinking",
    "soft rain and silence",
    "breathe slowly, be calm",
    "a gentle whisper in the dark",
)
