"""The task "kinds": what kind of thing a word names, one of five. Each word stands in one item, so no half knows it."""

from __future__ import annotations

from random import Random
from typing import Any

KIND = "choice"
TITLE = "What kind of thing a word names"
TEMPLATE = "Question: {query}\nAnswer:"
CHOICES = 5

_KINDS = {
    "bird": "sparrow eagle owl parrot penguin ostrich pigeon swan crow robin falcon seagull woodpecker flamingo heron "
    "stork peacock vulture canary finch hawk nightingale pelican raven magpie",
    "fish": "salmon trout tuna cod herring shark carp mackerel sardine haddock halibut anchovy eel perch pike "
    "sturgeon flounder catfish swordfish piranha barracuda goldfish tilapia minnow stingray",
    "insect": "ant bee wasp beetle butterfly moth mosquito grasshopper cricket dragonfly ladybird termite cockroach "
    "hornet bumblebee flea locust firefly mantis earwig cicada aphid weevil horsefly mayfly",
    "mammal": "cow horse sheep goat pig donkey lion tiger elephant giraffe zebra wolf fox bear deer rabbit squirrel "
    "camel kangaroo leopard hippopotamus rhinoceros badger otter hedgehog",
    "fruit": "apple banana cherry grape lemon mango peach plum pineapple strawberry raspberry blueberry apricot "
    "papaya pomegranate grapefruit tangerine watermelon blackberry gooseberry nectarine guava lychee quince cranberry",
    "vegetable": "carrot potato onion cabbage spinach broccoli cauliflower lettuce celery asparagus leek turnip "
    "radish parsnip beetroot cucumber aubergine zucchini artichoke kale garlic pea pumpkin okra rutabaga",
    "tree": "oak birch maple willow spruce beech poplar elm cedar sycamore chestnut sequoia larch hawthorn eucalyptus "
    "fir hornbeam mahogany juniper baobab teak hemlock cypress aspen alder",
    "flower": "tulip daffodil orchid sunflower daisy carnation poppy marigold geranium begonia chrysanthemum snowdrop "
    "crocus dahlia petunia hyacinth peony lavender buttercup dandelion foxglove gladiolus primrose hydrangea edelweiss",
    "musical instrument": "piano violin guitar flute trumpet drum cello clarinet harp saxophone trombone oboe bassoon "
    "accordion banjo harmonica xylophone tuba mandolin piccolo ukulele tambourine harpsichord lute bagpipe",
    "tool": "hammer screwdriver saw pliers wrench chisel axe shovel drill rake spade crowbar sickle pickaxe trowel "
    "anvil hoe hatchet scythe mallet pitchfork spanner sledgehammer hacksaw sandpaper",
    "piece of clothing": "shirt trousers jacket coat skirt sweater sock glove scarf dress blouse cardigan vest shawl "
    "mitten waistcoat raincoat tunic pyjamas overalls hoodie kilt kimono apron tie",
    "piece of furniture": "table chair sofa bed wardrobe desk bookcase armchair stool bench cupboard dresser couch "
    "nightstand sideboard cot footstool hammock bunk recliner cradle lectern ottoman workbench bedstead",
    "means of transport": "car bus train bicycle lorry ship tram motorcycle helicopter submarine taxi ferry yacht "
    "canoe scooter rickshaw sledge minibus caravan airship hovercraft gondola kayak raft barge",
    "part of the body": "elbow knee shoulder ankle wrist finger thumb toe chin forehead neck hip thigh cheek eyebrow "
    "eyelid heel shin stomach liver kidney lung spine nostril forearm",
    "profession": "teacher doctor nurse baker butcher carpenter plumber electrician lawyer judge pilot sailor farmer "
    "tailor dentist architect librarian accountant firefighter shoemaker blacksmith translator surgeon bricklayer "
    "journalist",
    "building": "church school hospital castle barn lighthouse factory museum library theatre hotel palace skyscraper "
    "cottage mosque synagogue temple bungalow warehouse windmill greenhouse stable pub prison cathedral",
    "country": "France Germany Italy Spain Portugal Norway Sweden Finland Poland Hungary Romania Egypt Kenya Nigeria "
    "Ethiopia Brazil Argentina Peru Mexico Canada India Thailand Vietnam Japan Australia",
    "city": "London Paris Berlin Rome Madrid Vienna Prague Warsaw Budapest Athens Moscow Cairo Nairobi Lagos Tokyo "
    "Beijing Bangkok Mumbai Sydney Toronto Chicago Lima Havana Dublin Oslo",
    "language": "English French German Italian Spanish Portuguese Russian Polish Czech Hungarian Finnish Swedish "
    "Dutch Greek Arabic Hebrew Hindi Japanese Korean Mandarin Swahili Latin Danish Welsh Icelandic",
    "chemical element": "hydrogen helium lithium carbon nitrogen oxygen fluorine neon sodium magnesium aluminium "
    "silicon sulphur chlorine argon potassium calcium titanium chromium iron nickel copper zinc iodine uranium",
    "colour": "red blue green yellow purple black white brown grey pink turquoise crimson scarlet beige magenta "
    "violet indigo maroon cyan navy khaki ivory mauve ochre azure",
    "sport": "football tennis basketball volleyball hockey baseball golf swimming rugby boxing wrestling fencing "
    "archery badminton rowing skiing snowboarding gymnastics judo karate surfing handball squash curling triathlon",
    "drink": "water milk coffee tea beer wine juice lemonade cocoa champagne whisky vodka cider rum brandy gin "
    "tequila espresso cappuccino cola sherry mead eggnog buttermilk milkshake",
    "kitchen utensil": "spoon fork knife saucepan kettle ladle whisk spatula grater colander sieve teapot mug plate "
    "bowl corkscrew toaster casserole tongs skewer teaspoon saucer wok jug chopsticks",
    "field of study": "physics chemistry biology mathematics geography history astronomy geology botany zoology "
    "philosophy psychology economics sociology linguistics algebra geometry anatomy ecology genetics archaeology "
    "meteorology statistics trigonometry calculus",
}


def items(random: Random, count: int) -> list[dict[str, Any]]:
    """At most one item a word, and a word of each kind in turn.

    Raises:
        ValueError: for more items than there are words.
    """
    words = [(word, kind) for kind, line in _KINDS.items() for word in line.split()]
    if count > len(words):
        raise ValueError(f"count: got {count}, allowed at most {len(words)} for kinds, one a word")
    found = []
    for word, kind in random.sample(words, count):
        choices = [kind, *random.sample([other for other in _KINDS if other != kind], CHOICES - 1)]
        random.shuffle(choices)
        query = f'What kind of thing does the word "{word}" name?'
        found.append({"query": query, "choices": choices, "gold": choices.index(kind)})
    return found
