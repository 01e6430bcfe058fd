"""What the matters part of the library is fitted with: frequencies of pairs, the judge of a pair."""
