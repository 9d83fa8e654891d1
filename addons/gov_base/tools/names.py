def join_names(env, names):
    """Return ``names`` as one text, as the reader's language strings names together.

    :param env: environment whose language counts.
    :param names: iterable of strings.
    """
    text = ""
    for name in names:
        text = env._("%(text)s, %(name)s", text=text, name=name) if text else name
    return text
