"""Pictures in every form, whole and damaged: `python tools/image_corpus` reads them all."""
