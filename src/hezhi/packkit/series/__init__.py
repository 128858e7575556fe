"""Early warning on counts and anomalies on sensor readings: pure functions over numbers, no pack and no database."""
