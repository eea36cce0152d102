# thetasweep. `make help` lists the targets; every variable can be overridden on the command line.

# The architecture: a module includes only headers of modules to its left (make layers), and its
# exported names begin with its own (make names). Module NOUN is include/NOUN.h with src/NOUN.c or
# several src/NOUN_*.c.
MODULES = version error vector random linalg settings config \
          network task rule trial tangent adjoint learner lifetime \
          estimator optimizer space search \
          import archive wire scheduler coordinator worker \
          command main

# The analysis stands to the right of all of them: analysis/NOUN.c and .h.
ANALYSIS = matrix dimension similarity dsa groups decoding landscape change \
           output study measure analyze

# Headers that only some modules may include, as header:module,module. The science, from network
# to lifetime, has no MPI, no HDF5 and no clock.
FENCES = mpi.h:archive,wire hdf5.h:archive,import,output,study cblas.h:linalg yaml.h:config
SCIENCE = network task rule trial tangent adjoint learner lifetime

VERSION  = 0.1.0
CC       = mpicc
MPIRUN   = mpirun
CFLAGS   = -O3 -g
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
# The last two keep results the same from build to build: never -ffast-math.
STANDARD = -std=c11 -D_GNU_SOURCE -fno-math-errno -ffp-contract=off
LDFLAGS  =
PREFIX   = /usr/local
JOBS     = $(shell nproc 2>/dev/null || echo 1)
# The first Python that has what the tests need.
PYTHON   = $(or $(shell .ci/deps python),python3)

# Libraries. For each NAME: NAME_DIR (with include and lib in it), or NAME_CFLAGS and NAME_LIBS,
# or what pkg-config says (Random123 has no such file), or just the compiler's own search paths.
define library
ifdef $(1)_DIR
$(1)_CFLAGS ?= -isystem $$($(1)_DIR)/include
$(1)_LIBS   ?= -L$$($(1)_DIR)/lib -Wl,-rpath,$$($(1)_DIR)/lib $(3)
endif
ifndef $(1)_CFLAGS
$(1)_CFLAGS := $$(patsubst -I%,-isystem %,$$(shell pkg-config --cflags-only-I $(2) 2>/dev/null))
endif
ifndef $(1)_LIBS
$(1)_LIBS   := $$(or $$(shell pkg-config --libs $(2) 2>/dev/null),$(3))
endif
endef
LIBRARIES = HDF5 OPENBLAS YAML SLEEF ZLIB RANDOM123
$(eval $(call library,HDF5,hdf5-openmpi,-lhdf5))
HDF5_LIBS := -lhdf5_hl $(HDF5_LIBS)
$(eval $(call library,OPENBLAS,openblas,-lopenblas))
$(eval $(call library,YAML,yaml-0.1,-lyaml))
$(eval $(call library,SLEEF,sleef,-lsleef))
$(eval $(call library,ZLIB,zlib,-lz))
$(eval $(call library,RANDOM123,random123,))
$(eval $(call library,CUNIT,cunit,-lcunit))

FLAGS = $(STANDARD) $(WARNINGS) $(CFLAGS)
ALL_CFLAGS = $(FLAGS) -Iinclude -Ianalysis -MMD -MP $(foreach l,$(LIBRARIES),$($(l)_CFLAGS))
ALL_LIBS = $(LDFLAGS) $(foreach l,$(LIBRARIES),$($(l)_LIBS)) -lm

SOURCES      = $(wildcard src/*.c)
HEADERS      = $(wildcard include/*.h src/*.h)
OBJECTS      = $(SOURCES:src/%.c=build/obj/%.o) build/obj/version.o
ANALYSIS_SOURCES = $(wildcard analysis/*.c)
ANALYSIS_OBJECTS = $(ANALYSIS_SOURCES:analysis/%.c=build/obj/analysis/%.o)
TEST_SOURCES = $(wildcard tests/*.c)
TEST_OBJECTS = $(TEST_SOURCES:tests/%.c=build/obj/tests/%.o)
BENCHES      = build/bench/kernels build/bench/products build/bench/empty_jobs
SUITES       = $(patsubst tests/test_%.c,%,$(wildcard tests/test_*.c))

# Lets Open MPI run as root and with more ranks than cores; single-copy needs ptrace, which
# containers forbid.
MPI_ENVIRONMENT = OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 \
    OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none

# A short line for each file; `make V=1` shows the commands instead.
SAY = $(if $(V),,@echo '  $@';)

# What was just installed is found by a second make, which asks pkg-config anew.
AGAIN = +@$(MAKE) --no-print-directory -j$(JOBS)

.DEFAULT_GOAL := program
.PHONY: program deps demo test test-long check layers names scripts format info install clean help \
        run-demo bench bench-quick built cunit FORCE
.DELETE_ON_ERROR:

program: build/thetasweep build/thetasweep-analyze ## Build the programs in build/ (the default)

deps: ## Install what is missing (Debian), or say what it is
	@$(DEPS_ENVIRONMENT) .ci/deps check
DEPS_ENVIRONMENT = CC='$(CC)' MPIRUN='$(MPIRUN)' \
    $(foreach l,$(LIBRARIES) CUNIT,$(l)_GIVEN='$($(l)_DIR)$(if $(filter file,$(origin \
    $(l)_LIBS)),,$($(l)_LIBS))')

demo: deps ## A small sweep on 3 ranks, about a minute: build/demo.h5
	$(AGAIN) program
	@rm -f build/demo.h5 build/demo.h5.*
	$(MPI_ENVIRONMENT) $(MPIRUN) -n 3 build/thetasweep run jobs/demo.yaml -o build/demo.h5 </dev/null

test: deps ## All that CI runs: C tests, then the whole program, also under mpirun
	$(AGAIN) built
	+@MPIRUN='$(MPIRUN)' $(PYTHON) tests/run

test-long: deps ## The tests of `make test` and those that take minutes
	$(AGAIN) built
	+@MPIRUN='$(MPIRUN)' $(PYTHON) tests/run --long

bench: deps ## The scoreboard: all figures of speed, about two minutes; build/bench.json
	$(AGAIN) built
	@MPIRUN='$(MPIRUN)' $(PYTHON) tests/bench/run $(BENCH)

bench-quick: ## The same in less than a minute
	+@$(MAKE) --no-print-directory bench BENCH=--quick

check: deps layers scripts ## In seconds and without mpirun: layers, names, scripts, C tests
	$(AGAIN) names cunit

built: build/thetasweep build/thetasweep-analyze build/tests $(BENCHES)
cunit: build/tests
	@build/tests

layers: ## Does every module include only what stands to its left?
	@awk -v modules='$(MODULES) $(ANALYSIS)' -v fences='$(FENCES)' -v science='$(SCIENCE)' \
	    -f tests/layers.awk $(SOURCES) $(HEADERS) $(ANALYSIS_SOURCES) $(wildcard analysis/*.h)

names: $(OBJECTS) $(ANALYSIS_OBJECTS) ## Do all exported names begin with their module's name?
	@nm -gA --defined-only $(OBJECTS) $(ANALYSIS_OBJECTS) | awk '{ \
	    path = $$1; sub(/:.*/, "", path); \
	    module = path; sub(/.*\//, "", module); sub(/[_.].*/, "", module); \
	    if (index($$NF, module "_") != 1 && !(module ~ /^(main|analyze)$$/ && $$NF == "main")) { \
	        print path ": exported name " $$NF " does not begin with " module "_"; bad = 1 } } \
	    END { if (!bad) print "names: all exported names begin with their module"; exit bad }'

scripts: ## Does shellcheck, where there is one, find nothing in the shell scripts?
	@if ! command -v shellcheck >/dev/null; then echo 'scripts: no shellcheck here'; \
	elif shellcheck $(SCRIPTS); then echo 'scripts: shellcheck finds nothing'; else exit 1; fi
SCRIPTS = .ci/deps .ci/run $(wildcard jobs/*.sh jobs/*.sbatch)

format: ## Does the code look as .clang-format says?
	clang-format --dry-run -Werror $(SOURCES) $(HEADERS) $(ANALYSIS_SOURCES) $(wildcard analysis/*.h) $(TEST_SOURCES) $(wildcard tests/*.h tests/bench/*.c)

info: ## Compiler, flags and libraries of this build
	@echo 'version   $(VERSION) $(GIT_REVISION)'
	@echo 'compiler  $(CC): $(COMPILER)'
	@echo 'flags     $(FLAGS)'
	@echo 'modules   $(MODULES)'
	@$(foreach l,$(LIBRARIES) CUNIT,echo '$(l): $($(l)_CFLAGS) $($(l)_LIBS)';)

install: program ## Install under PREFIX (/usr/local), honouring DESTDIR
	install -D -m 755 build/thetasweep $(DESTDIR)$(PREFIX)/bin/thetasweep
	install -D -m 755 build/thetasweep-analyze $(DESTDIR)$(PREFIX)/bin/thetasweep-analyze

clean: ## Remove build/
	rm -rf build

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo '  make print-VAR   The value of a variable: make print-CFLAGS'

print-%:
	@echo '$($*)'

build/thetasweep: $(OBJECTS)
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS)

build/thetasweep-analyze: $(ANALYSIS_OBJECTS) $(filter-out build/obj/main.o,$(OBJECTS))
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS)

build/tests: $(TEST_OBJECTS) $(filter-out build/obj/main.o,$(OBJECTS)) \
    $(filter-out build/obj/analysis/analyze.o,$(ANALYSIS_OBJECTS))
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS) $(CUNIT_LIBS)

# products.c stands between a program and its matrix products.
build/bench/products: build/obj/bench/products.o build/obj/bench/kernels.o
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS) -Wl,--wrap=linalg_gemm

build/bench/kernels build/bench/empty_jobs: build/bench/%: build/obj/bench/%.o
	$(SAY)$(CC) $(CFLAGS) -o $@ $^ $(ALL_LIBS)

$(BENCHES): $(filter-out build/obj/main.o,$(OBJECTS)) | build/bench

build/obj/bench/%.o: tests/bench/%.c build/flags | build/obj/bench
	$(SAY)$(CC) $(ALL_CFLAGS) -c -o $@ $<

build/obj/%.o: src/%.c build/flags | build/obj
	$(SAY)$(CC) $(ALL_CFLAGS) -c -o $@ $<

build/obj/version.o: build/version.c build/flags | build/obj
	$(SAY)$(CC) $(ALL_CFLAGS) -c -o $@ $<

build/obj/analysis/%.o: analysis/%.c build/flags | build/obj/analysis
	$(SAY)$(CC) $(ALL_CFLAGS) -c -o $@ $<

build/obj/tests/%.o: tests/%.c build/flags build/suites.h | build/obj/tests
	$(SAY)$(CC) $(ALL_CFLAGS) $(CUNIT_CFLAGS) -Wno-missing-prototypes -Ibuild -c -o $@ $<

build/obj build/obj/analysis build/obj/tests build/obj/bench build/bench:
	@mkdir -p $@

# Files made anew at each call, but touched only if their content changes.
update = @mkdir -p $(@D); printf '%s\n' $(1) >$@.new; \
    if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

GIT = git --no-optional-locks
GIT_REVISION = $(or $(shell $(GIT) describe --always --dirty --abbrev=12 2>/dev/null),unknown)
COMPILER = $(shell $(CC) --version | head -n 1)

build/version.c: FORCE
	$(call update,'#include "version.h"' \
	    'const char *version_string(void) { return "$(VERSION)"; }' \
	    'const char *version_git(void) { return "$(GIT_REVISION)"; }' \
	    'const char *version_compiler(void) { return "$(COMPILER)"; }' \
	    'const char *version_flags(void) { return "$(FLAGS)"; }')

build/flags: FORCE
	$(call update,'$(CC) $(ALL_CFLAGS) $(ALL_LIBS)')

build/suites.h: FORCE
	$(call update,'/* One line for each suite of tests/test_*.c. */' $(foreach s,$(SUITES),'SUITE($(s))'))

FORCE:

-include $(OBJECTS:.o=.d) $(ANALYSIS_OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(wildcard build/obj/bench/*.d)
