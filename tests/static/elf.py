"""What the tests ask of an ELF file: its headers, its build id, its symbols. Little-endian only, which all our targets are."""

import struct
from pathlib import Path

EXEC = 2
LOAD, DYNAMIC, INTERP, NOTE, GNU_STACK = 1, 2, 3, 4, 0x6474E551
MACHINES = {183: "aarch64", 40: "arm", 62: "x86_64"}
FUNCTION = 2
SYMBOLS = 2
BUILD_ID = 3


class Elf:
    def __init__(self, path):
        self.path = Path(path)
        self.octets = self.path.read_bytes()
        assert self.octets[:4] == b"\x7fELF" and self.octets[5] == 1, f"{path} is no little-endian ELF file"
        self.wide = self.octets[4] == 2
        self.kind, machine = struct.unpack_from("<HH", self.octets, 16)
        self.machine = MACHINES.get(machine, machine)
        form = "<QQQIHHHHHH" if self.wide else "<IIIIHHHHHH"
        (_, programs, sections, _, _, program_size, program_count, section_size, section_count, _) = struct.unpack_from(form, self.octets, 24)
        self.programs = [self.program(programs + i * program_size) for i in range(program_count)]
        self.sections = [self.section(sections + i * section_size) for i in range(section_count)]

    def program(self, at):
        """Kind, flags, offset, address and octets in the file."""
        if self.wide:
            kind, flags, offset, address, _, size = struct.unpack_from("<IIQQQQ", self.octets, at)
        else:
            kind, offset, address, _, size, _, flags = struct.unpack_from("<IIIIIII", self.octets, at)
        return kind, flags, offset, address, size

    def section(self, at):
        """Kind, offset, octets and the number of the section it refers to."""
        form = "<IIQQQQI" if self.wide else "<IIIIIII"
        _, kind, _, _, offset, size, link = struct.unpack_from(form, self.octets, at)
        return kind, offset, size, link

    def of_kind(self, kind):
        return [p for p in self.programs if p[0] == kind]

    def build_id(self):
        for _, _, offset, _, size in self.of_kind(NOTE):
            end = offset + size
            while offset + 12 <= end:
                name, value, kind = struct.unpack_from("<III", self.octets, offset)
                begin = offset + 12 + (name + 3) // 4 * 4
                if kind == BUILD_ID and self.octets[offset + 12 : offset + 16] == b"GNU\0":
                    return self.octets[begin : begin + value].hex()
                offset = begin + (value + 3) // 4 * 4
        return None

    def functions(self):
        """Address of each named function; on ARM an odd one is Thumb."""
        found = {}
        for kind, offset, size, link in self.sections:
            if kind != SYMBOLS:
                continue
            names = self.sections[link][1]
            step = 24 if self.wide else 16
            for at in range(offset, offset + size, step):
                if self.wide:
                    name, info, _, _, value = struct.unpack_from("<IBBHQ", self.octets, at)
                else:
                    name, value, _, info = struct.unpack_from("<IIIB", self.octets, at)
                if info & 15 == FUNCTION:
                    begin = names + name
                    found[self.octets[begin : self.octets.index(b"\0", begin)].decode()] = value
        return found

    def offset(self, address):
        for _, _, offset, begin, size in self.of_kind(LOAD):
            if begin <= address < begin + size:
                return offset + address - begin
        raise AssertionError(f"{self.path}: nothing is loaded at {address:#x}")
