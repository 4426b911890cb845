"""Lists as files: what is asked for, how it is written, who may fetch it and until when."""
