"""Three texts of more than 200 tokens each, written for these tests."""

TEXTS = {
    "english": """\
The lighthouse keeper counted ships. Every evening she climbed the hundred and twelve steps, lit the lamp, and wrote
the names of the ships in a thick green book: the Margaret, the Two Brothers, the Swan. In winter there were few. One
night in January the fog came in so thick that she could not see the railing in front of her, and for the first time in
eleven years she wrote nothing at all. She sat down on the top step and listened. Somewhere below her a bell was
ringing, slowly, the way a bell rings when nobody is holding the rope. She knew the sound of every bell on that coast,
and this was not one of them. It came closer. She lit the second lamp, which was kept for storms, and then the third,
which had never been lit, and she called out into the white air. A voice answered her from the water. It asked, very
politely, what year it was. When she told it, there was a long silence, and then the sound of somebody laughing.""",
    "code": '''\
import heapq


def shortest_path(graph, start, goal):
    """Return the cheapest route from start to goal, or None if there is no way to get there."""
    queue = [(0, start, [start])]
    seen = set()
    while queue:
        cost, node, path = heapq.heappop(queue)
        if node == goal:
            return cost, path
        if node in seen:
            continue
        seen.add(node)
        for neighbour, weight in graph[node].items():
            if neighbour not in seen:
                heapq.heappush(queue, (cost + weight, neighbour, path + [neighbour]))
    return None


graph = {"a": {"b": 7, "c": 3}, "b": {"d": 2}, "c": {"b": 1, "d": 8}, "d": {}}
assert shortest_path(graph, "a", "d") == (6, ["a", "c", "b", "d"])
for start in graph:
    print(start, shortest_path(graph, start, "d"))
''',
    "many languages and numbers": """\
1. Die Katze schläft auf dem Sofa. 2. Le chat dort sur le canapé. 3. El gato duerme en el sofá. 4. Кошка спит на диване.
5. 猫在沙发上睡觉。 6. 猫はソファで寝ています。 7. القطة تنام على الأريكة. 8. Η γάτα κοιμάται στον καναπέ. 🐈💤
Prices: 3.50 EUR, 12,99 USD, 1 000 000 JPY; dates: 2024-02-29, 31/12/1999; times: 07:45, 23:59:59; 6.02214076e23 mol⁻¹.
x² + y² = z² has solutions (3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (12, 35, 37).""",
}
