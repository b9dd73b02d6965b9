python test_core.py
