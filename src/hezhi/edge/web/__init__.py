"""The pages: for everybody, for officers, for those who steer; plain forms, made on the server."""
