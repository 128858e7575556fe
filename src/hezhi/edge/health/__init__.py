"""What machines that watch a site ask: is it alive, is it ready, how much does it do and how well."""
