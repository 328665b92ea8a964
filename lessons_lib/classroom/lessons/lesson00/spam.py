"""The messages that lesson 00 sorts: written for it, with what each of them is."""

SPAM, WANTED = 1, -1

MESSAGES = (
    ("WIN a free phone now", SPAM),
    ("Free prize waiting, claim now", SPAM),
    ("You win cash, claim your prize today", SPAM),
    ("Cheap pills, order now", SPAM),
    ("Claim your free cash now", SPAM),
    ("Urgent: your account wins a prize", SPAM),
    ("Free entry, win a car today", SPAM),
    ("Order cheap watches now, free delivery", SPAM),
    ("Last chance to claim your money", SPAM),
    ("Cash prize for you, call now", SPAM),
    ("Are you free for lunch today", WANTED),
    ("See you at the station at six", WANTED),
    ("Can you call me now", WANTED),
    ("Did our team win the match", WANTED),
    ("Lunch at my place tomorrow", WANTED),
    ("Your order of books is at the desk", WANTED),
    ("The car is at the station", WANTED),
    ("Thank you for the book, see you soon", WANTED),
    ("Can we meet tomorrow at six", WANTED),
    ("My phone is broken, call my mother", WANTED),
)

NEW_MESSAGES = (
    ("Claim a free car today", SPAM),
    ("Win money now", SPAM),
    ("Cheap phone, order today", SPAM),
    ("A prize is waiting, call now", SPAM),
    ("C1aim y0ur pr1ze", SPAM),
    ("Meet lonely people at your place", SPAM),
    ("Are you free tomorrow", WANTED),
    ("Did you win at cards", WANTED),
    ("My order is late, can you call", WANTED),
    ("See you at lunch", WANTED),
    ("My mother got a prize for her cake", WANTED),
    ("Bring cash for the bus today", WANTED),
)
