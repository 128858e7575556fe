"""The invented city and its robots: who lives there, what arrives, and who does what with it.

Nothing here knows a scenario. Which packs, agencies, words and habits there are is data in the folder
``city``; the robots act through the rooms' doors as people do, on a simulated clock.
"""
