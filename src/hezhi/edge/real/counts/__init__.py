"""Early warning on real count series: outbreaks known from notes, and rises planted into a hotline's calls."""
