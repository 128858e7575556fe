"""The line to devices: listens to a broker (MQTT) and brings what they say to their room."""
