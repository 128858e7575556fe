"""Tables that travel with the room; a package, so that an installed Hezhi carries them along."""
