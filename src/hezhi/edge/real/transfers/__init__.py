"""How well detectors over transfers tell accounts that launder, on labelled sets of invented accounts."""
