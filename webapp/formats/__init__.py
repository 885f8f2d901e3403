"""Pure converters over bytes: annotation files, photos, masks, zips. No Flask, no database."""
