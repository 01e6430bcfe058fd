"""The small tagger: names of people, units and places by a network of hashed character grams, in numpy alone."""
