# boot.cmd: U-Boot's part of the start. The image builder makes boot.scr of it (firmware/uboot.rs), on the first partition.
#
# power -> the chip's firmware (config.txt: kernel=u-boot.bin) -> U-Boot (uboot.env: no wait, no keyboard) -> this -> kernel + initramfs of slot A or B
#
# What it does
#   1. reads the boot state (sector 0x40; its copy at 0x48): which slot is good, which is to be tried once     firmware/boot_state.rs
#   2. is one to be tried: first takes that away on the card, and looks whether it is gone; only then loads it   firmware/slot.rs
#   3. otherwise, or if what was loaded is not whole: the good slot; if that is not whole either: the other one
#   4. none is whole: says so and stops. It never restarts by itself.
#
# Why U-Boot does this. Trying a system once needs somebody who runs before the kernel that may hang and who can write to the card: "tried" must stand
# there before that kernel begins. Of the ways that a Pi offers:
#   - `tryboot` of the chip's firmware needs a restart with an argument that mainline kernels cannot pass (and a Zero, 1 or 3 has it not in every version);
#   - `autoboot.txt` and `config.txt` choose a partition or a kernel, but somebody must write them back, and a kernel that hangs writes nothing;
#   - kexec from a small first system: a Pi 3 and a Zero 2 W park their other processors in a spin table, which kexec refuses; and a kernel more to load;
#   - a watchdog alone restarts a hung system, into the same system.
#   U-Boot is between them, is in Debian for all these boards, and can write one sector. It costs 0.7 MB; what it costs in time on a board was not measured.
# What it cannot do: outlive its own loss. The chip's firmware, U-Boot and this script are on the first partition, which no update writes.
#
# Only what all of Debian's U-Boots have is used: neither FIT nor SHA (those for the Pi have none), no functions, numbers in hexadecimal.

# The card, and where memory begins. U-Boot's own search for scripts sets devtype and devnum; uboot.env does for the Pi.
if test -z "${devtype}"; then setenv devtype mmc; setenv devnum 0; fi
setenv base 0
if test "${devtype}" = "virtio"; then setenv base 40000000; fi

# Memory, counted from there, all within the first 102 MiB, so that 128 MiB are enough:
#   0x0200000 kernel, unpacked (at most 66 MiB; begins at a multiple of 2 MiB, so that it need not be moved)
#   0x4400000 kernel, packed (18 MiB)
#   0x5600000 initramfs (16 MiB)
# An image's head of 64 octets goes before these places, so that the content begins at them.
setexpr k_plain ${base} + 1fffc0
setexpr k_at    ${base} + 200000
setexpr k_pack  ${base} + 43fffc0
setexpr k_begin ${base} + 4400000
setexpr i_load  ${base} + 55fffc0
# The sectors of the boot state, 0x40 to 0x48: words of the state, of its copy.
setexpr state   ${base} + 6500000
setexpr s_good  ${state} + 4
setexpr s_once  ${state} + 8
setexpr s_end   ${state} + 1fc
setexpr copy    ${state} + 1000
setexpr c_good  ${state} + 1004
setexpr c_end   ${state} + 11fc
# The first sector of a slot, and what stands in it.
setexpr head    ${base} + 6510000
setexpr h_form  ${head} + 4
setexpr h_k     ${head} + 8
setexpr h_kn    ${head} + c
setexpr h_i     ${head} + 10
setexpr h_in    ${head} + 14

# What the chip's firmware says to the kernel (cmdline.txt and its own), if it says anything.
setenv say ""
fdt addr ${fdt_addr}
fdt get value say /chosen bootargs
if test -z "${say}"; then setenv say "console=ttyAMA0,115200 quiet panic=10"; fi

# Loads slot ${slot} (its first sector: ${at}) and sets ok=1 if all of it is whole.
setenv load_slot '
  setenv ok 0
  mw.l ${head} 0 80
  ${devtype} read ${head} ${at} 1
  setexpr.l kn *${h_kn}
  setexpr.l in *${h_in}
  if itest.l *${head} == 6c734250 && itest.l *${h_form} == 1 && itest 0 -lt ${kn} && itest ${kn} -lt 20000 && itest 0 -lt ${in} && itest ${in} -lt 8000; then
    setexpr.l k *${h_k}
    setexpr.l i *${h_i}
    setexpr k ${at} + ${k}
    setexpr i ${at} + ${i}
    run load_kernel
    if test ${ok} = 1; then
      setenv ok 0
      ${devtype} read ${i_load} ${i} ${in} && iminfo ${i_load} && setenv ok 1
    fi
  fi'

# A kernel that is not packed goes where it will run; another is read beside it and unpacked. The head says which, and for which processor.
setenv load_kernel '
  mw.l ${k_plain} 0 10
  ${devtype} read ${k_plain} ${k} 1
  setexpr q ${k_plain} + 1f
  setexpr.b pack *${q}
  setexpr q ${k_plain} + 1d
  setexpr.b arch *${q}
  if itest ${pack} == 0; then
    ${devtype} read ${k_plain} ${k} ${kn} && iminfo ${k_plain} && setenv ok 1
  fi
  if itest ${pack} != 0 && itest ${kn} -lt 9000; then
    if ${devtype} read ${k_pack} ${k} ${kn} && iminfo ${k_pack}; then
      if itest ${pack} == 1; then unzip ${k_begin} ${k_at} 4200000 && setenv ok 1; fi
      if itest ${pack} == 3; then lzmadec ${k_begin} ${k_at} 4200000 && setenv ok 1; fi
    fi
  fi'

# Starts what was loaded. It comes back only if that is no kernel. The sums were looked at while loading.
setenv start_slot '
  setenv verify n
  setenv bootargs "${say} pillarbox.slot=${slot} ${why}"
  echo pillarbox: starting slot ${slot} ${why}
  if itest ${arch} == 16; then booti ${k_at} ${i_load} ${fdt_addr}; fi
  if itest ${arch} == 2; then bootm ${k_plain} ${i_load} ${fdt_addr}; fi'

setenv place_slot '
  setenv at 20000
  if test ${slot} = b; then setenv at 40000; fi'

setenv boot_slot 'run place_slot; run load_slot; if test ${ok} = 1; then run start_slot; else echo pillarbox: slot ${slot} holds no whole system; fi'

# 1. The boot state. It says nothing unless both ends bear the mark and the good slot is one.
setenv good ""
setenv once ""
${devtype} dev ${devnum}
mw.l ${state} 0 480
${devtype} read ${state} 40 9
if itest.l *${state} == 73624250 && itest.l *${s_end} == 73624250; then
  if itest.l *${s_good} == 1; then setenv good a; fi
  if itest.l *${s_good} == 2; then setenv good b; fi
  if test -n "${good}"; then
    if itest.l *${s_once} == 1; then setenv once a; fi
    if itest.l *${s_once} == 2; then setenv once b; fi
  fi
fi
if test -z "${good}"; then
  echo pillarbox: the boot state says nothing, its copy is asked
  if itest.l *${copy} == 73624250 && itest.l *${c_end} == 73624250; then
    if itest.l *${c_good} == 1; then setenv good a; fi
    if itest.l *${c_good} == 2; then setenv good b; fi
  fi
fi
if test -z "${good}"; then setenv good a; fi
if test "${once}" = "${good}"; then setenv once ""; fi

# 2. One is to be tried: "to be tried" goes first. If the card does not take that, nothing is tried, or it would be tried for ever.
if test -n "${once}"; then
  mw.l ${s_once} 0
  ${devtype} write ${state} 40 1
  mw.l ${s_once} ffffffff
  ${devtype} read ${state} 40 1
  if itest.l *${s_once} == 0; then
    echo pillarbox: the trial of slot ${once} begins
    setenv slot ${once}
    setenv why pillarbox.trial=1
    run boot_slot
  else
    echo pillarbox: the card does not take the boot state, nothing is tried
  fi
fi

# 3. The good one; or the other, which then marks itself good once it runs (unless it was just tried in vain and is not whole: it is looked at again, no harm).
setenv slot ${good}
setenv why ""
run boot_slot
if test "${good}" = "a"; then setenv slot b; else setenv slot a; fi
setenv why pillarbox.instead=1
run boot_slot

# 4. Nothing to start. Without this loop U-Boot would go on to look for systems in the network.
echo pillarbox: no slot of this card holds a whole system. Flash the card again; the mail on its fourth partition is lost by that, so copy it first.
while true; do sleep 3600; done
