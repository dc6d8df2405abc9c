#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make-compiler.sh SOURCE DIR: makes DIR/bin/ia64-linux-gnu-gcc, a C compiler
# for kernels, of gcc's source archive and Debian's binutils. Debian has no
# such package. A quarter of an hour, at the lowest priority; done once.
set -eu

source=$1
dir=$2
build=$dir/build
log=$dir/build.log
binutils=/usr/ia64-linux-gnu/bin
jobs=${JOBS:-$(nproc)}
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CC CXX

say() {
	echo "ia64 compiler: $*"
}

trap '[ $? -eq 0 ] || { tail -n 20 "$log"; say "failed: see $log"; } >&2' EXIT

rm -rf "$build" "${dir:?}/gcc" "${dir:?}/bin"
mkdir -p "$build"
: >"$log"

say "unpacking ${source##*/}"
mkdir "$build/source"
tar xf "$source" -C "$build/source" --strip-components=1

# Only the compiler proper: a kernel brings its own headers and libgcc.
say "configuring"
mkdir "$build/objects"
cd "$build/objects"
nice -n 19 ../source/configure --target=ia64-linux-gnu --enable-languages=c \
	--without-headers --without-isl --with-gnu-as --with-gnu-ld \
	--with-as="$binutils/as" --with-ld="$binutils/ld" \
	--enable-checking=release --disable-bootstrap --disable-multilib --disable-nls \
	--disable-shared --disable-threads --disable-libssp --disable-libquadmath \
	--disable-libgomp --disable-libatomic --disable-libvtv --disable-libcc1 \
	--disable-lto --disable-plugin >>"$log" 2>&1

say "compiling, log in $log"
nice -n 19 make -j"$jobs" MAKEINFO=true CFLAGS=-O1 CXXFLAGS=-O1 all-gcc >>"$log" 2>&1

# Debian's archive lacks the documentation, which "make install-gcc" wants.
mkdir "$dir/gcc"
cp -R gcc/xgcc gcc/cc1 gcc/collect2 gcc/include gcc/include-fixed "$dir/gcc/"
strip "$dir/gcc/xgcc" "$dir/gcc/cc1" "$dir/gcc/collect2"
cd "$dir"
rm -rf "$build"

# Last, since make goes by it.
mkdir "$dir/bin"
cat >"$dir/bin/ia64-linux-gnu-gcc.new" <<END
#!/bin/sh
exec "$dir/gcc/xgcc" -B"$dir/gcc/" -B$binutils/ "\$@"
END
chmod +x "$dir/bin/ia64-linux-gnu-gcc.new"
mv "$dir/bin/ia64-linux-gnu-gcc.new" "$dir/bin/ia64-linux-gnu-gcc"
say "made $("$dir/bin/ia64-linux-gnu-gcc" --version | head -n 1)"
