"""What `q_auto` aims with, and whether it hits: samples, their scores, the fit, and the check of the fit."""
