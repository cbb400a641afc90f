"""Cached readers: everything a page shows from disk comes through here.

Each is keyed on the path and on the size and modification time of what is read, so a file rebuilt is read again.
What they return is shared between all people and pages (copying 18,486 tracks in every run would cost more than the
figures do): treat it as read only, and `copy()` a table before changing it.
"""

from mer_core.app.loaders.heard import by_words_catalogue as by_words_catalogue
from mer_core.app.loaders.heard import catalogue as catalogue
from mer_core.app.loaders.heard import map_view as map_view
from mer_core.app.loaders.heard import predicted_moods as predicted_moods
from mer_core.app.loaders.heard import predictor as predictor
from mer_core.app.loaders.heard import predictor_key as predictor_key
from mer_core.app.loaders.heard import scores as scores
from mer_core.app.loaders.models import answers as answers
from mer_core.app.loaders.models import base_model as base_model
from mer_core.app.loaders.models import heard_stamp as heard_stamp
from mer_core.app.loaders.models import lessons as lessons
from mer_core.app.loaders.models import model as model
from mer_core.app.loaders.models import own_moods_key as own_moods_key
from mer_core.app.loaders.sounds import failures as failures
from mer_core.app.loaders.sounds import frames as frames
from mer_core.app.loaders.sounds import mood_map as mood_map
from mer_core.app.loaders.sounds import pooled as pooled
from mer_core.app.loaders.sounds import sound_space as sound_space
from mer_core.app.loaders.sounds import store as store
from mer_core.app.loaders.stamps import Stamp as Stamp
from mer_core.app.loaders.stamps import stamp as stamp
from mer_core.app.loaders.tracks import dataset as dataset
from mer_core.app.loaders.tracks import dataset_key as dataset_key
from mer_core.app.loaders.tracks import has_audio as has_audio
from mer_core.app.loaders.tracks import problems as problems
from mer_core.app.loaders.tracks import row_of as row_of
from mer_core.app.loaders.tracks import track_ids as track_ids
from mer_core.app.loaders.tracks import track_names as track_names
