from . import agency, counter, goods, loader, matters, people, roles, walk
