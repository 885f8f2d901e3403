"""Labels that look wrong beside detections of networks that have not learnt from them. Pure."""
