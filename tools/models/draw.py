"""Draws a line of text, black on white, as uint8 [height, width, 3]: draw.py FILE.npy TEXT. Needs OpenCV."""

import sys

import cv2
import numpy as np

path, text = sys.argv[1:]
font, scale, thick = cv2.FONT_HERSHEY_DUPLEX, 1.3, 2
(width, height), _ = cv2.getTextSize(text, font, scale, thick)
side = lambda length: -(-(length + 96) // 32) * 32
picture = np.full((side(height), side(width), 3), 255, np.uint8)
cv2.putText(picture, text, (48, 48 + height), font, scale, (0, 0, 0), thick, cv2.LINE_AA)
np.save(path, picture)
